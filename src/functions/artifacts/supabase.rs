//! Supabase Storage: the bucket `private_uploads`, where row-level security decides who reads and stores.
//!
//! A caller stages an upload, and reads what its function's policies let them read. The rest is the service role's alone. A module lies below its function,
//! `modules/{hash}/{function}`, so that the policies can ask who may read that, and is stored there after [`Access`](crate::functions::Access) was asked:
//! whoever could store one by themselves would have room that nobody counts. A bundle likewise, which only the platform reads: what runs was made by it,
//! whatever a row says.

use std::ops::Range;

use super::{ArtifactError, Artifacts, Checked, Found, Staged, found, intact};
use crate::bridge::binding::HostBytes;
use crate::bridge::clock;
use crate::bridge::host_body::HostBody;
use crate::functions::hash::ArtifactHash;
use crate::functions::id::{FunctionId, UserId};
use crate::functions::store::supabase::Left;
use crate::functions::store::{StoreError, Supabase};
use crate::supabase::storage::{Bucket, StorageError};

/// The bucket's name.
pub const BUCKET: &str = "private_uploads";

/// How many times a sweep asks for what is left: some hundred objects each, in two requests.
const SWEEP_ROUNDS: u32 = 100;

/// The bucket, as one caller sees it, for one function.
#[derive(Clone, Debug)]
pub struct SupabaseStorage {
    /// The bucket as the caller sees it.
    pub caller: Bucket,
    /// The bucket as the service role sees it, for all but staging and reading modules.
    pub service: Bucket,
    /// The database as the service role sees it, which knows the objects' names.
    pub database: Supabase,
    /// Who calls; nobody if the service role does.
    pub user: Option<UserId>,
    /// The function that modules and bundles belong to; the sweep needs none.
    pub function: Option<FunctionId>,
}

impl From<StorageError> for ArtifactError {
    fn from(error: StorageError) -> ArtifactError {
        match error {
            StorageError::Missing => ArtifactError::Missing,
            StorageError::Refused => ArtifactError::Refused,
            _ => ArtifactError::Unavailable,
        }
    }
}

impl From<StoreError> for ArtifactError {
    fn from(_: StoreError) -> ArtifactError {
        ArtifactError::Unavailable
    }
}

async fn at(bucket: &Bucket, name: &str, hash: &ArtifactHash) -> Result<Found, ArtifactError> {
    found(bucket.find(name).await?, hash)
}

impl SupabaseStorage {
    fn function(&self) -> Result<&FunctionId, ArtifactError> {
        self.function.as_ref().ok_or_else(|| {
            tracing::error!("modules and bundles are a function's, and none is named");
            ArtifactError::Unavailable
        })
    }

    fn module(&self, hash: &ArtifactHash) -> Result<String, ArtifactError> {
        Ok(format!("modules/{hash}/{}", self.function()?))
    }

    fn bundle(&self, module: &ArtifactHash, bundle: &ArtifactHash) -> Result<String, ArtifactError> {
        Ok(format!("bundles/{module}/{}/{bundle}", self.function()?))
    }

    async fn remove_all(&self, names: &[String]) -> Result<(), ArtifactError> {
        for names in names.chunks(1000) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            self.service.remove(&names).await?;
        }
        Ok(())
    }
}

impl Artifacts for SupabaseStorage {
    async fn stage(&self, stream: HostBody, limit: usize) -> Result<Staged, ArtifactError> {
        let folder = self.user.as_ref().map_or("service", UserId::as_str);
        // It becomes part of an address as it is. The policies would refuse any other: a project's users are UUIDs.
        if !folder.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(ArtifactError::Refused);
        }
        let key = format!("staging/{folder}/{}", clock::uuid());
        let stored =
            self.caller.stage(&key, stream, limit, &self.service).await?.ok_or(ArtifactError::TooLarge(limit))?;
        let hash = ArtifactHash::parse(&stored.sha256).map_err(|_| ArtifactError::Unavailable)?;
        Ok(Staged { key: key.into(), hash, size: stored.size, head: stored.head })
    }

    async fn read_staged(&self, staged: &Staged) -> Result<HostBytes, ArtifactError> {
        at(&self.caller, &staged.key, &staged.hash).await?.read().await
    }

    async fn commit(&self, staged: &Staged) -> Result<(), ArtifactError> {
        Ok(self.service.copy(&staged.key, &self.module(&staged.hash)?).await?)
    }

    async fn discard(&self, staged: &Staged) -> Result<(), ArtifactError> {
        Ok(self.service.remove(&[&*staged.key]).await?)
    }

    async fn check(&self, hash: &ArtifactHash) -> Result<Checked, ArtifactError> {
        let key = self.module(hash)?;
        let object = intact(self.caller.check(&key, hash.as_str()).await?, hash)?;
        Ok(Checked { key: key.into(), hash: hash.clone(), object })
    }

    async fn open(&self, checked: &Checked, part: Range<u64>) -> Result<HostBody, ArtifactError> {
        intact(self.caller.stream(&checked.key, &checked.object, &part).await?, &checked.hash)
    }

    async fn put_bundle(
        &self,
        module: &ArtifactHash,
        bundle: &ArtifactHash,
        bytes: &HostBytes,
    ) -> Result<(), ArtifactError> {
        Ok(self.service.put(&self.bundle(module, bundle)?, bytes, bundle.as_str()).await?)
    }

    async fn find_bundle(&self, module: &ArtifactHash, bundle: &ArtifactHash) -> Result<Found, ArtifactError> {
        at(&self.service, &self.bundle(module, bundle)?, bundle).await
    }

    async fn remove(&self, hash: &ArtifactHash) -> Result<(), ArtifactError> {
        let names = self.database.objects_of(hash).await?;
        self.remove_all(&names).await
    }

    async fn keep_bundles(&self, _: &ArtifactHash, _: &[ArtifactHash], _: u32) -> Result<u32, ArtifactError> {
        Ok(0)
    }

    async fn sweep(&self, seconds: u32) -> Result<u32, ArtifactError> {
        let mut swept = 0;
        // What is staged first: it holds its user's next uploads up, and is found at once.
        let mut what = Left::Staged;
        for _ in 0..SWEEP_ROUNDS {
            let names = match self.database.left(what, seconds).await {
                // Among what is stored they come as well, if later.
                Err(_) if what == Left::Staged => Vec::new(),
                names => names?,
            };
            match (names.is_empty(), what) {
                (false, _) => self.remove_all(&names).await?,
                (true, Left::Staged) => what = Left::Stored,
                (true, Left::Stored) => break,
            }
            swept += names.len() as u32;
        }
        Ok(swept)
    }
}
