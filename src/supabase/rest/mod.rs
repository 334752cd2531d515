//! PostgREST: a query builder with supabase-js's vocabulary.
//!
//! Nothing here does I/O. A query becomes an [`Outbound`](crate::bridge::Outbound) and a decoder for its reply; whoever
//! holds the transport sends the one and feeds the other:
//!
//! ```
//! use hashi::supabase::rest::{Client, Order, Reply};
//!
//! #[derive(serde::Deserialize)]
//! struct Book {
//!     id: i64,
//!     title: String,
//! }
//!
//! let client = Client::new("https://project.supabase.co", "anon-key");
//! let query = client.from("books").select("id, title").gte("year", 1990).order(Order::desc("year")).limit(2);
//! let (outbound, expected) = query.prepare();
//! assert_eq!(
//!     outbound.url,
//!     "https://project.supabase.co/rest/v1/books?select=id%2Ctitle&year=gte.1990&order=year.desc&limit=2"
//! );
//!
//! // … the transport sends `outbound` and gets a status, headers and bytes …
//! let reply = Reply { status: 200, headers: &[], body: br#"[{"id": 7, "title": "Kokoro"}]"# };
//! let books = expected.decode::<Book>(reply)?;
//! assert_eq!(books.rows[0].title, "Kokoro");
//! # Ok::<(), hashi::supabase::rest::Error>(())
//! ```
//!
//! What supabase-js leaves to luck is a matter of types here: `on_conflict` exists on upserts alone, `single` can't be
//! followed by `csv`, and an update or delete can't be built before it has a filter.
//!
//! Requests equal supabase-js's byte for byte (`tests/supabase/queries.json`), but for these, where its own are misread:
//! - items of lists and arrays are quoted and escaped (`in`, `contains`, `like_any_of`, arrays in [`Client::rpc_get`]);
//! - a list of one empty text isn't an empty list;
//! - a filter on a column named `limit`, `order`, `select` or the like is quoted, so that it stays a filter;
//! - an argument that the URL would turn into a filter goes by `POST`;
//! - a relation's or function's name can't leave its path segment.

mod body;
mod client;
mod contents;
pub(crate) mod encode;
mod error;
mod expected;
mod filter;
mod filters;
mod is;
mod modifiers;
mod operand;
mod operation;
mod operator;
mod order;
mod prefer;
mod query;
mod quote;
mod reply;
pub mod retry;
mod rpc;
mod shape;
mod table;
mod text_search;
mod writes;

pub use client::Client;
pub use contents::Contents;
pub use error::{Error, PostgrestError};
pub use expected::Expected;
pub use filter::{Filter, Group};
pub use is::Is;
pub use operand::Operand;
pub use operation::{
    Affecting, Complete, Delete, Filterable, Insert, Inserting, Operation, Rpc, Select, Unfiltered, Update, Upsert,
    Windowed,
};
pub use operator::Operator;
pub use order::Order;
pub use prefer::Count;
pub use query::Query;
pub use reply::{Reply, Returned, Rows};
pub use shape::{CountOnly, Csv, Many, MaybeOne, Minimal, One, Scalar, Shape};
pub use table::Table;
pub use text_search::TextSearch;
