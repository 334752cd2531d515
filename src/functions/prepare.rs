//! Making a module ready to run.

use serde::Deserialize;
use thiserror::Error;
use worker::Env;

use super::module::Prepared;
use crate::bridge::binding::{self, HostBytes};

/// What makes modules ready to run: checks them, and turns them into bundles. Nothing is stored by it.
pub trait Prepare {
    /// What can be called in a module and the bundle made of it, or why it is refused.
    fn prepare(&self, module: &HostBytes) -> impl Future<Output = Result<Bundle, PrepareError>>;
}

/// What prepare made of a module.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What is known of it, its hash among that.
    pub prepared: Prepared,
    /// Its files, packed into one object (js/worker/bundle.js).
    pub bytes: HostBytes,
}

/// Why there is no bundle.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrepareError {
    /// The module is refused.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// Nothing can be prepared now.
    #[error("modules can't be prepared now; try again later")]
    Unavailable,
}

/// Why a module is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq, Deserialize)]
#[error("{message}")]
pub struct Refusal {
    /// The kind of refusal, for programs.
    pub code: String,
    /// A sentence that its author can act on.
    pub message: String,
}

/// Prepare in an isolate of its own, which has neither a network nor bindings.
#[derive(Debug)]
pub struct Isolated<'e>(pub &'e Env);

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Prepared(Prepared),
    Refusal(Refusal),
}

impl Prepare for Isolated<'_> {
    async fn prepare(&self, module: &HostBytes) -> Result<Bundle, PrepareError> {
        let answer = binding::prepare_module(self.0, module).await;
        let (told, bytes) = answer.map_err(|_| PrepareError::Unavailable)?;
        let told = serde_json::from_str(&told).map_err(|error| {
            tracing::error!(%error, "prepare told what it never should");
            PrepareError::Unavailable
        })?;
        match (told, bytes) {
            (Told::Prepared(prepared), Some(bytes)) => Ok(Bundle { prepared, bytes }),
            (Told::Prepared(_), None) => Err(PrepareError::Unavailable),
            (Told::Refusal(refusal), _) => Err(refusal.into()),
        }
    }
}
