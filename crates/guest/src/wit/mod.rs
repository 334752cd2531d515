//! The types of components, as values of our own: shown as WIT, carried as JSON, compared by structure.

mod read;
mod show;
mod types;

pub(crate) use read::Reader;
pub use types::{Case, Field, Function, Param, Type};
