//! What a database tells of a change, before it is an outcome.

use serde::Deserialize;

use super::{Created, IdempotencyKey, Quota, StoreError};
use crate::functions::function::Function;
use crate::functions::module::Module;

/// What most changes tell in the end.
#[derive(Deserialize)]
pub(super) struct Told {
    /// The function as it is now, if it is there.
    pub(super) function: Option<Function>,
    /// The module that it was about, if it is there.
    #[serde(default)]
    pub(super) module: Option<Module>,
    /// Whether another function has the name.
    #[serde(default)]
    pub(super) other: bool,
    /// Whether the change happened.
    #[serde(default)]
    pub(super) done: bool,
}

/// What a creation tells.
#[derive(Deserialize)]
pub(super) struct Made {
    made: Option<Function>,
    kept: Option<Kept>,
    taken: bool,
}

#[derive(Deserialize)]
struct Kept {
    request: Box<str>,
    function: Function,
}

impl Made {
    /// What came of it.
    pub(super) fn outcome(self, quota: Quota, key: Option<&IdempotencyKey<'_>>) -> Result<Created, StoreError> {
        match (self.made, self.kept) {
            (Some(made), _) => Ok(Created::New(made)),
            (None, Some(kept)) if key.is_some_and(|key| *kept.request == *key.request) => {
                Ok(Created::Before(kept.function))
            }
            (None, Some(_)) => Err(StoreError::KeyReused),
            (None, None) if self.taken => Err(StoreError::NameTaken),
            (None, None) => Err(StoreError::Functions(quota.functions)),
        }
    }
}
