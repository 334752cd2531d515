//! The way of an upload: from a stream of bytes to a version of a function.
//!
//! Wherever it is cut off, nothing is half there: until the last step, which is one transaction, no function knows of the bytes; staged bytes are swept, and
//! a content key is known to the store before it or a bundle below it is written, so that what no module came to use is collected, and so
//! is a bundle in whose place another came (see [`sweep`](super::sweep)). The same bundle may be made again while it is being swept, so it is looked for
//! once a module names it, and stored again if it is gone: what a sweep does later than that it found out before, and takes much longer than it ever should.

use super::access::Updatable;
use super::artifacts::{ArtifactError, Artifacts, Staged};
use super::client_key::{ClientKey, Keyed};
use super::function::Function;
use super::hash::ArtifactHash;
use super::limits::{PREPARE_WAIT, ROOM_WAIT, preparing};
use super::module::{Module, ModuleKind, NewModule};
use super::prepare::{Bundle, Prepare, PrepareError};
use super::store::{Adding, Quota, Store, StoreError};
use crate::bridge::held::{Held, NoRoom};
use crate::bridge::host_body::HostBody;

use thiserror::Error;

/// What an upload needs.
#[derive(Debug)]
pub struct Upload<'a, S, A, P> {
    /// Where modules are noted.
    pub store: &'a S,
    /// Where bytes are kept.
    pub artifacts: &'a A,
    /// What makes them ready to run.
    pub prepare: &'a P,
    /// How many bytes may come: what the client said, or what a module may have.
    pub most: usize,
    /// What the function's owner may have.
    pub quota: Quota,
    /// The hash that the client says the bytes have.
    pub expected: Option<ArtifactHash>,
    /// The module becomes the one that calls run.
    pub activate: bool,
    /// The function has to be in the revision that was asked about.
    pub unchanged: bool,
    /// The key that the client may repeat the upload with.
    pub key: Option<&'a ClientKey>,
}

/// Why an upload was refused or failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadError {
    /// The bytes have another hash than the client said.
    #[error(
        "the bytes have the SHA-256 {given}, not {expected}; they were changed on their way, or the digest is another file's"
    )]
    Digest {
        /// What the client said.
        expected: ArtifactHash,
        /// What came.
        given: ArtifactHash,
    },
    /// The bytes are no WebAssembly.
    #[error(
        "these bytes are no WebAssembly binary: one begins with 00 61 73 6d 01 00 00 00 (a core module) or 00 61 73 6d 0d 00 01 00 (a component); text has to be compiled first"
    )]
    NotWasm,
    /// Prepare refuses the module, or can't look at it now.
    #[error("{0}")]
    Prepare(#[from] PrepareError),
    /// There is no room to prepare it.
    #[error("{0}")]
    NoRoom(#[from] NoRoom),
    /// The store of bytes.
    #[error("{0}")]
    Artifact(#[from] ArtifactError),
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl UploadError {
    /// What the store said, if it was the store.
    pub fn of_store(&self) -> Option<&StoreError> {
        match self {
            UploadError::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl<'a, S: Store, A: Artifacts, P: Prepare> Upload<'a, S, A, P> {
    /// Takes in `stream` as a module of `function`.
    pub async fn run(self, function: &Updatable<'_>, stream: HostBody) -> Result<(Function, Module), UploadError> {
        let staged = self.artifacts.stage(stream, self.most).await?;
        let outcome = self.commit(function, &staged).await;
        self.discard(&staged).await;
        outcome
    }

    /// The key of an upload of `stream`, of which nothing is kept: it was answered before.
    pub async fn keyed(self, function: &Updatable<'_>, stream: HostBody) -> Result<Option<Keyed<'a>>, UploadError> {
        let staged = self.artifacts.stage(stream, self.most).await?;
        self.discard(&staged).await;
        self.check(&staged)?;
        self.key_of(function, &staged).await
    }

    async fn key_of(&self, function: &Updatable<'_>, staged: &Staged) -> Result<Option<Keyed<'a>>, UploadError> {
        let Some(key) = self.key else { return Ok(None) };
        let asked = format!("upload {} {} {}", function.id, self.activate, staged.hash);
        Ok(Some(key.keyed(&asked).await.ok_or(StoreError::Unavailable)?))
    }

    /// Refuses bytes that are not those that the client said.
    fn check(&self, staged: &Staged) -> Result<(), UploadError> {
        match &self.expected {
            Some(expected) if *expected != staged.hash => {
                Err(UploadError::Digest { expected: expected.clone(), given: staged.hash.clone() })
            }
            _ => Ok(()),
        }
    }

    async fn discard(&self, staged: &Staged) {
        if let Err(error) = self.artifacts.discard(staged).await {
            // The sweep finds it; the outcome stands.
            tracing::warn!(%error, "staged bytes are left");
        }
    }

    async fn commit(&self, function: &Updatable<'_>, staged: &Staged) -> Result<(Function, Module), UploadError> {
        self.check(staged)?;
        let kind = ModuleKind::of(&staged.head).ok_or(UploadError::NotWasm)?;
        let _held = Held::preparation(preparing(staged.size), PREPARE_WAIT, ROOM_WAIT).await?;
        let Bundle { prepared, bytes } = self.prepare.prepare(&self.artifacts.read_staged(staged).await?).await?;
        self.store.begin_artifact(function, &staged.hash, staged.size, self.quota).await?;
        self.artifacts.commit(staged).await?;
        let bundle = prepared.bundle.clone();
        self.artifacts.put_bundle(&staged.hash, &bundle, &bytes).await?;
        let module = NewModule { sha256: staged.hash.clone(), size: staged.size, kind, prepared: Some(prepared) };
        let keyed = self.key_of(function, staged).await?;
        let key = keyed.as_ref().map(Keyed::of_store);
        let adding = Adding { activate: self.activate, unchanged: self.unchanged, key };
        let added = self.store.add_module(function, &module, adding, self.quota).await?;
        // A sweep may have looked at the same bundle while no module named it, and removed it since; on Supabase with the module itself.
        if let Err(ArtifactError::Missing) = self.artifacts.find_bundle(&staged.hash, &bundle).await {
            self.artifacts.commit(staged).await?;
            let put = || self.artifacts.put_bundle(&staged.hash, &bundle, &bytes);
            // The module is there: who is told to try again would be answered by their key.
            if put().await.is_err() {
                put().await?;
            }
        }
        Ok(added)
    }
}
