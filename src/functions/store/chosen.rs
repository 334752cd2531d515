//! The store that a deployment chose.

use serde_json::value::RawValue;
use worker::Env;

use super::schedules::{Claim, Scheduled, Schedules};
use super::{Adding, Again, Answered, Created, D1, Filter, IdempotencyKey, Quota, Store, StoreError, Supabase};
use crate::executor::history::{ExecutionFilter, ExecutionScope, Executions};
use crate::functions::access::{Deletable, Readable, Scope, Updatable};
use crate::functions::function::Function;
use crate::functions::hash::ArtifactHash;
use crate::functions::id::{FunctionId, FunctionRef};
use crate::functions::issuer::bearer;
use crate::functions::module::{Module, NewModule};
use crate::functions::revision::ModuleVersion;
use crate::settings::{Settings, StoreChoice};
use crate::supabase::{Transport, rest};

/// The deployment's database, as one caller uses it.
#[derive(Clone, Debug)]
pub enum Database {
    /// D1, which knows no callers.
    D1(D1),
    /// Supabase, where row-level security knows them.
    Supabase(Supabase),
}

impl Database {
    /// The database as the caller with this `Authorization` header uses it.
    pub fn of_caller(settings: &Settings, env: &Env, authorization: Option<&str>) -> Result<Database, StoreError> {
        match settings.store {
            StoreChoice::D1 => D1::open(env).map(Database::D1),
            StoreChoice::Supabase => {
                let project = settings.project()?;
                let rest = rest::Client::new(&project.url, project.anon_key.as_str());
                let rest = match authorization.and_then(bearer) {
                    Some(token) => rest.with_bearer(token),
                    None => rest,
                };
                Ok(Database::Supabase(Supabase::new(rest, transport(settings))))
            }
        }
    }

    /// The database as the platform itself uses it, where there is no caller: for the clock, the sweep, history, and to look up what a call runs.
    pub fn of_platform(settings: &Settings, env: &Env) -> Result<Database, StoreError> {
        match settings.store {
            StoreChoice::D1 => D1::open(env).map(Database::D1),
            StoreChoice::Supabase => Supabase::of_service(settings).map(Database::Supabase),
        }
    }
}

impl Supabase {
    /// The database as the service role uses it.
    pub fn of_service(settings: &Settings) -> Result<Supabase, StoreError> {
        let key = settings.service_role_key()?;
        Ok(Supabase::new(rest::Client::new(&settings.project()?.url, key), transport(settings)))
    }
}

fn transport(settings: &Settings) -> Transport {
    Transport { deadline_ms: settings.supabase_timeout_ms, retry: Default::default() }
}

macro_rules! each {
    ($this:expr, $store:ident => $call:expr) => {
        match $this {
            Database::D1($store) => $call.await,
            Database::Supabase($store) => $call.await,
        }
    };
}

impl Store for Database {
    async fn create(
        &self,
        function: &Function,
        quota: Quota,
        key: Option<&IdempotencyKey<'_>>,
    ) -> Result<Created, StoreError> {
        each!(self, store => store.create(function, quota, key))
    }

    async fn find(&self, which: &FunctionRef) -> Result<Option<Function>, StoreError> {
        each!(self, store => store.find(which))
    }

    async fn resolve(&self, which: &FunctionRef) -> Result<Option<(Function, Option<Module>)>, StoreError> {
        each!(self, store => store.resolve(which))
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Result<Vec<Function>, StoreError> {
        each!(self, store => Store::list(store, scope, filter))
    }

    async fn update(&self, current: &Updatable<'_>, changed: &Function) -> Result<Function, StoreError> {
        each!(self, store => store.update(current, changed))
    }

    async fn delete(&self, function: &Deletable<'_>) -> Result<(), StoreError> {
        each!(self, store => store.delete(function))
    }

    async fn begin_artifact(
        &self,
        function: &Updatable<'_>,
        hash: &ArtifactHash,
        size: u64,
        quota: Quota,
    ) -> Result<(), StoreError> {
        each!(self, store => store.begin_artifact(function, hash, size, quota))
    }

    async fn add_module(
        &self,
        function: &Updatable<'_>,
        module: &NewModule,
        adding: Adding<'_>,
        quota: Quota,
    ) -> Result<(Function, Module), StoreError> {
        each!(self, store => store.add_module(function, module, adding, quota))
    }

    async fn module(&self, function: &Readable<'_>, version: ModuleVersion) -> Result<Option<Module>, StoreError> {
        each!(self, store => store.module(function, version))
    }

    async fn modules(
        &self,
        function: &Readable<'_>,
        before: Option<ModuleVersion>,
        limit: u32,
    ) -> Result<Vec<Module>, StoreError> {
        each!(self, store => store.modules(function, before, limit))
    }

    async fn activate(
        &self,
        function: &Updatable<'_>,
        version: ModuleVersion,
        key: Option<&IdempotencyKey<'_>>,
    ) -> Result<Function, StoreError> {
        each!(self, store => store.activate(function, version, key))
    }

    async fn collect(&self, seconds: u32) -> Result<Vec<ArtifactHash>, StoreError> {
        each!(self, store => store.collect(seconds))
    }

    async fn collected(&self, hash: &ArtifactHash) -> Result<(), StoreError> {
        each!(self, store => store.collected(hash))
    }

    async fn answered(&self, caller: &str, key: &str) -> Result<Option<Answered>, StoreError> {
        each!(self, store => store.answered(caller, key))
    }

    async fn again(&self, seconds: u32) -> Result<Vec<Again>, StoreError> {
        each!(self, store => store.again(seconds))
    }

    async fn tidied(&self, hashes: &[ArtifactHash], seconds: u32) -> Result<(), StoreError> {
        each!(self, store => store.tidied(hashes, seconds))
    }

    async fn forget_keys(&self, seconds: u32) -> Result<(), StoreError> {
        each!(self, store => store.forget_keys(seconds))
    }
}

impl Executions for Database {
    async fn add(&self, executions: &str) -> Result<(), StoreError> {
        each!(self, store => store.add(executions))
    }

    async fn list(&self, scope: &ExecutionScope, filter: &ExecutionFilter) -> Result<Vec<Box<RawValue>>, StoreError> {
        each!(self, store => Executions::list(store, scope, filter))
    }

    async fn forget(&self, days: u32) -> Result<u32, StoreError> {
        each!(self, store => store.forget(days))
    }

    async fn shrink(&self, bytes: u64) -> Result<bool, StoreError> {
        each!(self, store => store.shrink(bytes))
    }

    async fn bytes(&self, of: Option<&FunctionId>) -> Result<u64, StoreError> {
        each!(self, store => store.bytes(of))
    }
}

impl Schedules for Database {
    async fn scheduled(&self) -> Result<Vec<Scheduled>, StoreError> {
        each!(self, store => store.scheduled())
    }

    async fn claim(&self, claim: &Claim) -> Result<Option<Function>, StoreError> {
        each!(self, store => store.claim(claim))
    }
}
