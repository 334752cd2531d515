//! From a component to the core modules and the plan by which a V8 host links and calls them.

mod core;
mod definitions;
mod flatten;
mod functions;
pub mod plan;
mod resources;
mod shim;
mod types;

pub use self::core::plain;
pub use flatten::{flatten, transpile};
pub use plan::Plan;

use crate::Refusal;

/// A component, taken apart.
#[derive(Clone, Debug)]
pub struct Transpiled {
    /// The core modules, as [`plan::Instance::module`] counts them.
    pub modules: Vec<Vec<u8>>,
    /// How they belong together.
    pub plan: Plan,
}

const ASYNC: &str = "guests are synchronous; the host lets them wait where they call out";

fn unsupported(what: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal::Component { what: what.into(), hint: hint.into() }
}
