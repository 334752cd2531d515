//! What a container is compared with.

use super::{Operand, quote};

/// The right side of `contains`, `contained_by` and `overlaps`.
///
/// A `&str` is a range such as `[1,5)`, or any literal as Postgres reads it; a Rust array or vector becomes a Postgres
/// array, with its items quoted where they need it; a [`serde_json::Value`] becomes JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents(pub(super) String);

impl From<&str> for Contents {
    fn from(literal: &str) -> Contents {
        Contents(literal.to_owned())
    }
}

impl<T: Into<Operand>, const N: usize> From<[T; N]> for Contents {
    fn from(items: [T; N]) -> Contents {
        Contents(quote::array(items))
    }
}

impl<T: Into<Operand>> From<Vec<T>> for Contents {
    fn from(items: Vec<T>) -> Contents {
        Contents(quote::array(items))
    }
}

impl From<&serde_json::Value> for Contents {
    fn from(json: &serde_json::Value) -> Contents {
        Contents(json.to_string())
    }
}
