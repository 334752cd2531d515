//! A change of a function, while it is under way.

use super::Executor;
use crate::functions::FunctionId;
use crate::functions::store::StoreError;

/// How long a store may take with what nobody waits for any more, in milliseconds.
const LANDS_MS: f64 = 15_000.0;
/// How much longer that is at least than what a call to it may take.
const LANDS_AFTER_MS: f64 = 5_000.0;

/// Dropped, what this isolate knows of the function is forgotten: its next call asks again. Dropped before it has [`ended`](Changing::ended), as when the
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
    /// The store did it, or said why not. Only what it said nothing of may still land.
    pub fn ended(mut self, error: Option<&StoreError>) {
        self.settled = error != Some(&StoreError::Unavailable);
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        match self.settled {
            true => self.executor.forget(&self.id),
            false => {
                let call_ms = f64::from(self.executor.settings.supabase_timeout_ms);
                self.executor.distrust(&self.id, LANDS_MS.max(call_ms + LANDS_AFTER_MS));
            }
        }
    }
}
