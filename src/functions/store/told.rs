//! What a database tells of a change, before it is an outcome.

use serde::Deserialize;

use super::{Answered, Created, IdempotencyKey, Quota, StoreError};
use crate::functions::function::Function;
use crate::functions::module::Module;
use crate::functions::revision::Revision;

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
    /// Whether its bytes are being removed, or are gone.
    #[serde(default)]
    pub(super) busy: bool,
    /// Whether the change happened.
    #[serde(default)]
    pub(super) done: bool,
    /// Whether nothing happened because another request came with the key before.
    #[serde(default)]
    pub(super) kept: bool,
    /// Whether the key is there now, whoever came with it.
    #[serde(default)]
    pub(super) key_there: bool,
}

impl Told {
    /// Refuses what another request came before with the same key.
    pub(super) fn is_first(&self) -> Result<(), StoreError> {
        if self.kept { Err(StoreError::Repeated) } else { Ok(()) }
    }

    /// What came of a module that was to be added to a function in the revision `expected`.
    pub(super) fn added(self, expected: Option<Revision>, quota: Quota) -> Result<(Function, Module), StoreError> {
        self.is_first()?;
        let function = self.function.ok_or(StoreError::Gone)?;
        match self.module {
            Some(module) if self.done => Ok((function, module)),
            _ if expected.is_some_and(|expected| expected != function.revision) => Err(StoreError::Stale),
            _ if self.busy => Err(StoreError::Busy),
            _ => Err(StoreError::Bytes(quota.bytes)),
        }
    }
}

/// What the beginning of an artifact tells.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Beginning {
    Begun,
    Busy,
    Full,
    Gone,
}

impl Beginning {
    /// What came of it.
    pub(super) fn outcome(self, quota: Quota) -> Result<(), StoreError> {
        match self {
            Beginning::Begun => Ok(()),
            Beginning::Busy => Err(StoreError::Busy),
            Beginning::Full => Err(StoreError::Bytes(quota.bytes)),
            Beginning::Gone => Err(StoreError::Gone),
        }
    }
}

/// What a creation tells.
#[derive(Deserialize)]
pub(super) struct Made {
    made: Option<Function>,
    kept: Option<Answered>,
    taken: bool,
}

impl Made {
    /// What came of it.
    pub(super) fn outcome(self, quota: Quota, key: Option<&IdempotencyKey<'_>>) -> Result<Created, StoreError> {
        match (self.made, self.kept) {
            (Some(made), _) => Ok(Created::New(made)),
            (None, Some(kept)) => kept.to(key.map_or("", |key| key.request)).map(Created::Before),
            (None, None) if self.taken => Err(StoreError::NameTaken),
            (None, None) => Err(StoreError::Functions(quota.functions)),
        }
    }
}
