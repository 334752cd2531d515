//! D1: SQLite on the edge; the embedded default.
//!
//! The statements are in `sql/`, the tables in `migrations/`. Arguments cross as one JSON text that SQL takes apart, and rows come back as the JSON
//! that SQL made of them, so a function is written and read by the same few lines as in the API.

use std::sync::LazyLock;

use worker::Env;

use super::statement::{Args, Rows, json, with_file};
use super::told::{Beginning, Made, Told};
use super::{Adding, Again, Answered, Created, Filter, IdempotencyKey, KEYS_PER_CALLER, Quota, Store, StoreError};
use crate::bridge::binding::{BindingError, Database};
use crate::functions::access::{Deletable, Readable, Scope, Updatable};
use crate::functions::function::Function;
use crate::functions::hash::ArtifactHash;
use crate::functions::id::FunctionRef;
use crate::functions::module::{Module, NewModule};
use crate::functions::revision::ModuleVersion;

/// The name of the binding.
pub const BINDING: &str = "DB";

const PAGE: &str = include_str!("sql/page.sql");
static LIST: LazyLock<String> = LazyLock::new(|| with_file(include_str!("sql/list.sql"), "page.sql", PAGE));
static CREATE: LazyLock<String> = LazyLock::new(|| with_last_keys(include_str!("sql/create.sql")));
static ADD_MODULE: LazyLock<String> = LazyLock::new(|| with_last_keys(include_str!("sql/add_module.sql")));
static ACTIVATE: LazyLock<String> = LazyLock::new(|| with_last_keys(include_str!("sql/activate.sql")));

fn with_last_keys(statements: &str) -> String {
    with_file(statements, "last_keys.sql", include_str!("sql/last_keys.sql"))
}

/// A D1 database with the tables of `migrations/`.
#[derive(Clone, Debug)]
pub struct D1(Database);

impl D1 {
    /// The deployment's database.
    pub fn open(env: &Env) -> Result<D1, StoreError> {
        Ok(D1(Database::open(env, BINDING)?))
    }

    /// The rows of each statement.
    pub(crate) async fn run(&self, statements: &str, args: Args) -> Result<Rows, StoreError> {
        Ok(Rows(self.0.query(statements, &args.end()).await?))
    }
}

impl From<BindingError> for StoreError {
    fn from(_: BindingError) -> StoreError {
        StoreError::Unavailable
    }
}

impl Store for D1 {
    async fn create(
        &self,
        function: &Function,
        quota: Quota,
        key: Option<&IdempotencyKey<'_>>,
    ) -> Result<Created, StoreError> {
        let args = Args::creation(function, quota, key).number("keys", KEYS_PER_CALLER);
        self.run(&CREATE, args).await?.last::<Made>()?.outcome(quota, key)
    }

    async fn find(&self, which: &FunctionRef) -> Result<Option<Function>, StoreError> {
        Ok(self.run(include_str!("sql/find.sql"), Args::which(which)).await?.all()?.pop())
    }

    async fn resolve(&self, which: &FunctionRef) -> Result<Option<(Function, Option<Module>)>, StoreError> {
        Ok(self.run(include_str!("sql/resolve.sql"), Args::which(which)).await?.all()?.pop())
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Result<Vec<Function>, StoreError> {
        let args = filter
            .args()
            .flag("system", scope.system)
            .flag("admin", scope.admin)
            .text("user", scope.user.as_ref().map(|user| user.as_str()));
        self.run(&LIST, args).await?.all()
    }

    async fn update(&self, current: &Updatable<'_>, changed: &Function) -> Result<Function, StoreError> {
        let args = Args::new().raw("function", &json(changed)).number("expected", current.revision.0);
        let rows = self.run(include_str!("sql/update.sql"), args).await?;
        let told: Told = rows.last()?;
        let function = told.function.ok_or(StoreError::Gone)?;
        match rows.any(0)? {
            true => Ok(function),
            false if told.other && function.revision == current.revision => Err(StoreError::NameTaken),
            false => Err(StoreError::Stale),
        }
    }

    async fn delete(&self, function: &Deletable<'_>) -> Result<(), StoreError> {
        let args = Args::new().text("id", Some(function.id.as_str())).number("expected", function.revision.0);
        let rows = self.run(include_str!("sql/delete.sql"), args).await?;
        match (rows.any(2)?, rows.any(3)?) {
            (true, _) => Ok(()),
            (false, true) => Err(StoreError::Stale),
            (false, false) => Err(StoreError::Gone),
        }
    }

    async fn begin_artifact(
        &self,
        function: &Updatable<'_>,
        hash: &ArtifactHash,
        size: u64,
        quota: Quota,
    ) -> Result<(), StoreError> {
        let args = Args::new()
            .text("id", Some(function.id.as_str()))
            .text("sha256", Some(hash.as_str()))
            .number("size", size)
            .number("most", quota.bytes);
        let rows = self.run(include_str!("sql/begin_artifact.sql"), args).await?;
        if rows.any(0)? { Ok(()) } else { rows.last::<Beginning>()?.outcome(quota) }
    }

    async fn add_module(
        &self,
        function: &Updatable<'_>,
        module: &NewModule,
        adding: Adding<'_>,
        quota: Quota,
    ) -> Result<(Function, Module), StoreError> {
        let args = Args::new()
            .text("id", Some(function.id.as_str()))
            .raw("module", &json(module))
            .flag("activate", adding.activate)
            .revision("expected", adding.expected(function))
            .number("most", quota.bytes)
            .key(adding.key.as_ref())
            .number("keys", KEYS_PER_CALLER);
        let rows = self.run(&ADD_MODULE, args).await?;
        let told: Told = rows.last()?;
        let told = Told { done: rows.any(0)?, kept: told.key_there && !rows.any(1)?, ..told };
        told.added(adding.expected(function), quota)
    }

    async fn module(&self, function: &Readable<'_>, version: ModuleVersion) -> Result<Option<Module>, StoreError> {
        let args = Args::new().text("id", Some(function.id.as_str())).number("version", version.0);
        Ok(self.run(include_str!("sql/module.sql"), args).await?.all()?.pop())
    }

    async fn modules(
        &self,
        function: &Readable<'_>,
        before: Option<ModuleVersion>,
        limit: u32,
    ) -> Result<Vec<Module>, StoreError> {
        let args = Args::new().text("id", Some(function.id.as_str())).number("limit", limit);
        let args = match before {
            Some(version) => args.number("before", version.0),
            None => args,
        };
        self.run(include_str!("sql/modules.sql"), args).await?.all()
    }

    async fn activate(
        &self,
        function: &Updatable<'_>,
        version: ModuleVersion,
        key: Option<&IdempotencyKey<'_>>,
    ) -> Result<Function, StoreError> {
        let args = Args::new()
            .text("id", Some(function.id.as_str()))
            .number("expected", function.revision.0)
            .number("version", version.0)
            .key(key)
            .number("keys", KEYS_PER_CALLER);
        let rows = self.run(&ACTIVATE, args).await?;
        let told: Told = rows.last()?;
        let told = Told { kept: told.key_there && !rows.any(0)?, ..told };
        told.is_first()?;
        let current = told.function.ok_or(StoreError::Gone)?;
        if told.module.is_none() {
            return Err(StoreError::NoVersion(version));
        }
        // Nothing had to be done if it was the active one all the time.
        let same = current.revision == function.revision && current.active_version == Some(version);
        if rows.any(1)? || same { Ok(current) } else { Err(StoreError::Stale) }
    }

    async fn collect(&self, seconds: u32) -> Result<Vec<ArtifactHash>, StoreError> {
        self.run(include_str!("sql/collect.sql"), Args::new().number("seconds", seconds)).await?.all()
    }

    async fn collected(&self, hash: &ArtifactHash) -> Result<(), StoreError> {
        let args = Args::new().text("sha256", Some(hash.as_str()));
        self.run(include_str!("sql/collected.sql"), args).await.map(drop)
    }

    async fn answered(&self, caller: &str, key: &str) -> Result<Option<Answered>, StoreError> {
        let args = Args::new().text("caller", Some(caller)).text("key", Some(key));
        Ok(self.run(include_str!("sql/answered.sql"), args).await?.all()?.pop())
    }

    async fn again(&self, seconds: u32) -> Result<Vec<Again>, StoreError> {
        self.run(include_str!("sql/again.sql"), Args::new().number("seconds", seconds)).await?.all()
    }

    async fn tidied(&self, hashes: &[ArtifactHash], seconds: u32) -> Result<(), StoreError> {
        let args = Args::new().raw("hashes", &json(&hashes)).number("seconds", seconds);
        self.run(include_str!("sql/tidied.sql"), args).await.map(drop)
    }

    async fn forget_keys(&self, seconds: u32) -> Result<(), StoreError> {
        self.run(include_str!("sql/forget_keys.sql"), Args::new().number("seconds", seconds)).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::store::statement::paged_branches;

    #[test]
    fn every_branch_of_a_list_is_a_page() {
        assert_eq!(paged_branches(&LIST, PAGE), 5);
    }
}
