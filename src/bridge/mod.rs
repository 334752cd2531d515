//! The bridge: turns a host request into a handler call and the result into a host response.

pub mod binding;
pub mod body;
pub mod clock;
pub mod context;
pub mod digest;
pub mod edge;
pub mod entry;
pub mod extract;
pub mod fetch;
pub mod form;
pub mod handler;
pub mod headers;
pub mod host;
pub mod host_request;
pub mod isolate;
mod json;
pub mod layer;
pub mod method;
pub mod multipart;
pub mod object;
pub mod outbound;
pub mod pairs;
pub mod path;
pub mod problem;
pub mod promise;
pub mod remote;
mod render;
pub mod request;
pub mod response;
pub mod router;
#[cfg(test)]
mod router_tests;
pub mod sse;
pub mod stream;
pub mod task;
pub mod waiting;

pub use context::{Context, RequestId};
pub use headers::Headers;
pub use method::Method;
pub use outbound::Outbound;
pub use problem::{Kind, Problem};
pub use request::Request;
pub use response::{Body, IntoResponse, Response};
pub use router::{RouteTable, Router};
pub use stream::ByteStream;
