//! Making a module ready to run.

use thiserror::Error;

use super::artifacts::Staged;
use super::module::Prepared;

/// What makes modules ready to run: checks them, and turns them into bundles.
pub trait Prepare {
    /// Looks at staged bytes: what can be called in them, or why they are refused. `None` says that nobody has looked: the module is kept, and can't be
    /// called until it was prepared.
    fn prepare(&self, staged: &Staged) -> impl Future<Output = Result<Option<Prepared>, Refusal>>;
}

/// Why a module is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct Refusal {
    /// The kind of refusal, for programs.
    pub kind: String,
    /// A sentence that its author can act on.
    pub message: String,
}

/// Looks at nothing, and says so.
#[derive(Clone, Copy, Debug)]
pub struct Unprepared;

impl Prepare for Unprepared {
    async fn prepare(&self, _: &Staged) -> Result<Option<Prepared>, Refusal> {
        Ok(None)
    }
}
