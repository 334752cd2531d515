//! What is taken and what is refused, with the words in which it is.
#![allow(clippy::unwrap_used, missing_docs)]

mod component;
mod core;
mod limits;
mod world;

use hashi_guest::{Checked, PlatformLimits, Refusal, check};

/// Checks a module in the text format under the platform's own limits.
pub fn text(wat: &str) -> Result<hashi_guest::Inspection, Refusal> {
    let bytes = wat::parse_str(wat).unwrap();
    check(&bytes, &PlatformLimits::default()).map(|Checked { inspection, .. }| inspection)
}

/// The code and the words of a refusal.
#[track_caller]
pub fn refusal<T: std::fmt::Debug>(result: Result<T, Refusal>) -> (&'static str, String) {
    let refusal = result.unwrap_err();
    (refusal.code(), refusal.to_string())
}
