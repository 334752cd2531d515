//! A change of a function, while it is under way.

use super::Executor;
use crate::functions::FunctionId;

/// How long a store may take with what nobody waits for any more, in milliseconds: longer than any of its calls may take.
const LANDS_MS: f64 = 15_000.0;

/// Dropped, what this isolate knows of the function is forgotten: its next call asks again. Dropped before it is [`settled`](Changing::settled), as when the
/// client leaves, nothing is remembered of it until the change has landed or can't any more.
#[must_use]
pub struct Changing<'a> {
    executor: &'a Executor,
    id: FunctionId,
    settled: bool,
}

impl Executor {
    /// What to hold while a function is changed.
    pub fn changing(&self, id: &FunctionId) -> Changing<'_> {
        Changing { executor: self, id: id.clone(), settled: false }
    }
}

impl Changing<'_> {
    /// The store has said what came of it.
    pub fn settled(mut self) {
        self.settled = true;
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        match self.settled {
            true => self.executor.forget(&self.id),
            false => self.executor.distrust(&self.id, LANDS_MS),
        }
    }
}
