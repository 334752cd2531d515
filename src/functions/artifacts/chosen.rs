//! The store of bytes that a deployment chose.

use std::ops::Range;

use worker::Env;

use super::supabase::BUCKET;
use super::{ArtifactError, Artifacts, Checked, Found, R2, Staged, SupabaseStorage};
use crate::bridge::binding::HostBytes;
use crate::bridge::host_body::HostBody;
use crate::functions::hash::ArtifactHash;
use crate::functions::id::{FunctionId, UserId};
use crate::functions::issuer::bearer;
use crate::functions::store::Supabase;
use crate::settings::{Project, Settings, StoreChoice};
use crate::supabase::storage::Bucket;

/// The deployment's store of bytes, as one caller uses it for one function.
#[derive(Clone, Debug)]
pub enum Objects {
    /// R2, which knows neither callers nor functions.
    R2(R2),
    /// Supabase Storage, whose policies know both.
    Supabase(Box<SupabaseStorage>),
}

impl Objects {
    /// The store as the caller with this `Authorization` header, who is `user`, uses it for `function`.
    pub fn of_caller(
        settings: &Settings,
        env: &Env,
        authorization: Option<&str>,
        user: Option<&UserId>,
        function: &FunctionId,
    ) -> Result<Objects, ArtifactError> {
        match settings.store {
            StoreChoice::D1 => R2::open(env).map(Objects::R2),
            StoreChoice::Supabase => {
                let project = settings.project()?;
                let caller = bucket(settings, project, &project.anon_key, authorization.and_then(bearer));
                supabase(settings, caller, user.cloned(), Some(function.clone()))
            }
        }
    }

    /// The store as the platform itself uses it, where there is no caller: for bundles of `function`, or for the sweep.
    pub fn of_platform(
        settings: &Settings,
        env: &Env,
        function: Option<&FunctionId>,
    ) -> Result<Objects, ArtifactError> {
        match settings.store {
            StoreChoice::D1 => R2::open(env).map(Objects::R2),
            StoreChoice::Supabase => {
                let service = bucket(settings, settings.project()?, settings.service_role_key()?, None);
                supabase(settings, service, None, function.cloned())
            }
        }
    }
}

fn bucket(settings: &Settings, project: &Project, key: &str, bearer: Option<&str>) -> Bucket {
    Bucket::new(&project.url, key, bearer, BUCKET, settings.supabase_timeout_ms)
}

fn supabase(
    settings: &Settings,
    caller: Bucket,
    user: Option<UserId>,
    function: Option<FunctionId>,
) -> Result<Objects, ArtifactError> {
    let service = bucket(settings, settings.project()?, settings.service_role_key()?, None);
    let database = Supabase::of_service(settings)?;
    Ok(Objects::Supabase(Box::new(SupabaseStorage { caller, service, database, user, function })))
}

macro_rules! each {
    ($this:expr, $store:ident => $call:expr) => {
        match $this {
            Objects::R2($store) => $call.await,
            Objects::Supabase($store) => $call.await,
        }
    };
}

impl Artifacts for Objects {
    async fn stage(&self, stream: HostBody, limit: usize) -> Result<Staged, ArtifactError> {
        each!(self, store => store.stage(stream, limit))
    }

    async fn read_staged(&self, staged: &Staged) -> Result<HostBytes, ArtifactError> {
        each!(self, store => store.read_staged(staged))
    }

    async fn commit(&self, staged: &Staged) -> Result<(), ArtifactError> {
        each!(self, store => store.commit(staged))
    }

    async fn discard(&self, staged: &Staged) -> Result<(), ArtifactError> {
        each!(self, store => store.discard(staged))
    }

    async fn check(&self, hash: &ArtifactHash) -> Result<Checked, ArtifactError> {
        each!(self, store => store.check(hash))
    }

    async fn open(&self, checked: &Checked, part: Range<u64>) -> Result<HostBody, ArtifactError> {
        each!(self, store => store.open(checked, part))
    }

    async fn put_bundle(
        &self,
        module: &ArtifactHash,
        bundle: &ArtifactHash,
        bytes: &HostBytes,
    ) -> Result<(), ArtifactError> {
        each!(self, store => store.put_bundle(module, bundle, bytes))
    }

    async fn find_bundle(&self, module: &ArtifactHash, bundle: &ArtifactHash) -> Result<Found, ArtifactError> {
        each!(self, store => store.find_bundle(module, bundle))
    }

    async fn remove(&self, hash: &ArtifactHash) -> Result<(), ArtifactError> {
        each!(self, store => store.remove(hash))
    }

    async fn keep_bundles(
        &self,
        module: &ArtifactHash,
        kept: &[ArtifactHash],
        seconds: u32,
    ) -> Result<u32, ArtifactError> {
        each!(self, store => store.keep_bundles(module, kept, seconds))
    }

    async fn sweep(&self, seconds: u32) -> Result<u32, ArtifactError> {
        each!(self, store => store.sweep(seconds))
    }
}
