//! The earthquake API: real events, read from Supabase, for anyone.

pub mod api;
pub mod csv;
pub mod cursor;
pub mod event;
pub mod geojson;
pub mod page;
pub mod params;
pub mod place;
pub mod query;
pub mod stats;

pub use api::routes;
