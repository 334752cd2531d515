//! R2: Cloudflare's object store; the embedded default.

use std::ops::Range;

use worker::Env;

use super::{ArtifactError, Artifacts, Checked, Found, Staged, found, intact};
use crate::bridge::binding::{BindingError, Bucket, HostBytes};
use crate::bridge::clock;
use crate::bridge::host_body::HostBody;
use crate::functions::hash::ArtifactHash;

/// The name of the binding.
pub const BINDING: &str = "ARTIFACTS";

/// Below which key bytes are staged.
const STAGING: &str = "staging/";

/// An R2 bucket.
#[derive(Clone, Debug)]
pub struct R2(Bucket);

impl R2 {
    /// The deployment's bucket.
    pub fn open(env: &Env) -> Result<R2, ArtifactError> {
        Ok(R2(Bucket::open(env, BINDING)?))
    }
}

impl R2 {
    /// The bytes at `key`, which should have this hash.
    async fn found(&self, key: &str, hash: &ArtifactHash) -> Result<Found, ArtifactError> {
        found(self.0.find(key).await?, hash)
    }
}

/// The content key of bytes.
fn key(hash: &ArtifactHash) -> String {
    format!("modules/{hash}")
}

/// Below which key the bundles of a module are.
fn bundles(module: &ArtifactHash) -> String {
    format!("bundles/{module}/")
}

impl From<BindingError> for ArtifactError {
    fn from(error: BindingError) -> ArtifactError {
        match error {
            BindingError::Stalled => ArtifactError::Stalled,
            BindingError::NoRoom(error) => error.into(),
            _ => ArtifactError::Unavailable,
        }
    }
}

impl Artifacts for R2 {
    async fn stage(&self, stream: HostBody, limit: usize) -> Result<Staged, ArtifactError> {
        let key = format!("{STAGING}{}", clock::uuid());
        let stored = self.0.stage(&key, stream, limit).await?.ok_or(ArtifactError::TooLarge(limit))?;
        let hash = ArtifactHash::parse(&stored.sha256).map_err(|_| ArtifactError::Unavailable)?;
        Ok(Staged { key: key.into(), hash, size: stored.size, head: stored.head })
    }

    async fn commit(&self, staged: &Staged) -> Result<(), ArtifactError> {
        // The store itself compares the hash with what it writes.
        let copied = self.0.copy(&staged.key, &key(&staged.hash), staged.hash.as_str()).await?;
        if copied { Ok(()) } else { Err(ArtifactError::Missing) }
    }

    async fn discard(&self, staged: &Staged) -> Result<(), ArtifactError> {
        Ok(self.0.remove(&staged.key).await?)
    }

    async fn read_staged(&self, staged: &Staged) -> Result<HostBytes, ArtifactError> {
        self.found(&staged.key, &staged.hash).await?.read().await
    }

    async fn check(&self, hash: &ArtifactHash) -> Result<Checked, ArtifactError> {
        let key = key(hash);
        let object = intact(self.0.check(&key, hash.as_str()).await?, hash)?;
        Ok(Checked { key: key.into(), hash: hash.clone(), object })
    }

    async fn open(&self, checked: &Checked, part: Range<u64>) -> Result<HostBody, ArtifactError> {
        intact(self.0.stream(&checked.key, &checked.object, &part).await?, &checked.hash)
    }

    async fn put_bundle(
        &self,
        module: &ArtifactHash,
        bundle: &ArtifactHash,
        bytes: &HostBytes,
    ) -> Result<(), ArtifactError> {
        let key = format!("{}{bundle}", bundles(module));
        Ok(self.0.put(&key, bytes, bundle.as_str()).await?)
    }

    async fn find_bundle(&self, module: &ArtifactHash, bundle: &ArtifactHash) -> Result<Found, ArtifactError> {
        self.found(&format!("{}{bundle}", bundles(module)), bundle).await
    }

    async fn remove(&self, hash: &ArtifactHash) -> Result<(), ArtifactError> {
        self.0.sweep(&bundles(hash), 0, Vec::new()).await?;
        Ok(self.0.remove(&key(hash)).await?)
    }

    async fn keep_bundles(
        &self,
        module: &ArtifactHash,
        kept: &[ArtifactHash],
        seconds: u32,
    ) -> Result<u32, ArtifactError> {
        let folder = bundles(module);
        let kept = kept.iter().map(|bundle| format!("{folder}{bundle}")).collect();
        Ok(self.0.sweep(&folder, seconds, kept).await?)
    }

    async fn sweep(&self, seconds: u32) -> Result<u32, ArtifactError> {
        Ok(self.0.sweep(STAGING, seconds, Vec::new()).await?)
    }
}
