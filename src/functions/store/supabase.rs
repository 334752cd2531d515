//! Supabase: Postgres behind PostgREST, where row-level security decides once more.
//!
//! The tables and functions are in `supabase/migrations/`. Each call is one request to a Postgres function, which is one transaction; arguments go
//! as one JSON object, and what comes back is the JSON that the API shows.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::schedules::{Claim, Scheduled, Schedules};
use super::statement::{Args, json};
use super::told::{Beginning, Made, Told};
use super::{Adding, Again, Answered, Created, Filter, IdempotencyKey, Quota, Store, StoreError};
use crate::executor::history::{ExecutionFilter, ExecutionScope, Executions, row};
use crate::functions::access::{Deletable, Readable, Scope, Updatable};
use crate::functions::function::Function;
use crate::functions::hash::ArtifactHash;
use crate::functions::id::{FunctionId, FunctionName, FunctionRef, is_uuid};
use crate::functions::module::{Module, NewModule};
use crate::functions::revision::ModuleVersion;
use crate::supabase::{Transport, rest};

/// A Supabase project's database, as one caller sees it.
///
/// With a user's token the database refuses whatever [`Access`](crate::functions::Access) refuses. What has no caller (the clock, the sweep, history, a
/// call whose trigger is all that decides) speaks as the service role, which is past every policy.
#[derive(Clone, Debug)]
pub struct Supabase {
    rest: rest::Client,
    transport: Transport,
}

/// Objects that nobody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// On their way to a hash.
    Staged,
    /// Under one: modules and bundles.
    Stored,
}

/// How often a list is asked for what comes after a page with rows that can't be read.
const PAGE_ROUNDS: u32 = 10;

/// Whether a request may be sent again when it fails.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Read,
    Change,
}
use Kind::{Change, Read};

impl Supabase {
    /// The database as whoever `rest` speaks for sees it.
    pub fn new(rest: rest::Client, transport: Transport) -> Supabase {
        Supabase { rest, transport }
    }

    /// What the Postgres function `name` gives.
    async fn call<T: DeserializeOwned>(&self, kind: Kind, name: &str, args: Args) -> Result<T, StoreError> {
        let body = self.answer(kind, name, args).await?;
        // A function without a result answers with nothing.
        let body = if body.is_empty() { b"null" } else { &*body };
        serde_json::from_slice(body).map_err(|error| {
            tracing::error!(%error, name, "the database gave what it never should");
            StoreError::Unavailable
        })
    }

    async fn answer(&self, kind: Kind, name: &str, args: Args) -> Result<Vec<u8>, StoreError> {
        let args = RawValue::from_string(args.end()).map_err(|_| StoreError::Unavailable)?;
        let outbound = self.rest.rpc(name, &args).map_err(|_| StoreError::Unavailable)?.build();
        let sent = match kind {
            Read => self.transport.send_read(&outbound).await,
            Change => self.transport.send(&outbound).await,
        };
        let answer = sent.map_err(|error| {
            tracing::error!(%error, name, "the database can't be asked");
            StoreError::Unavailable
        })?;
        match answer.status() {
            200..=299 => Ok(answer.body),
            401 => Err(StoreError::SignedOut),
            status => {
                if let Some(bound) = bound(&answer.body).filter(|_| status == 403) {
                    return Err(StoreError::Bound(bound));
                }
                // Postgres' own words: for the log, not for a client.
                let said = String::from_utf8_lossy(&answer.body);
                tracing::error!(status, name, said = &*said, "the database refuses");
                Err(if status == 403 { StoreError::Refused } else { StoreError::Unavailable })
            }
        }
    }

    /// The rows of a list, at most `most`, of which those that can't be read are left out. `args` are those for what comes after a row. The callers may take a
    /// list that isn't full for the last page, so what was left out is made up for.
    async fn page<T: DeserializeOwned, After: DeserializeOwned>(
        &self,
        name: &str,
        most: u32,
        args: impl Fn(Option<After>) -> Args,
    ) -> Result<Vec<T>, StoreError> {
        let most = most as usize;
        let mut found = Vec::new();
        let mut after = None;
        for _ in 0..PAGE_ROUNDS {
            let rows: Vec<Box<RawValue>> = self.call(Read, name, args(after)).await?;
            let read = readable(name, &rows);
            let all = read.len() == rows.len();
            found.extend(read);
            after = rows.last().and_then(|row| serde_json::from_str(row.get()).ok());
            if all || rows.is_empty() || found.len() >= most || after.is_none() {
                break;
            }
        }
        found.truncate(most);
        Ok(found)
    }

    /// The names of the objects that hold bytes of this hash, modules and bundles.
    pub(crate) async fn objects_of(&self, hash: &ArtifactHash) -> Result<Vec<String>, StoreError> {
        self.call(Read, "objects_of_hash", Args::new().text("sha256", Some(hash.as_str()))).await
    }

    /// The names of objects that were left behind `seconds` ago or earlier; some of them, until there are none.
    pub(crate) async fn left(&self, what: Left, seconds: u32) -> Result<Vec<String>, StoreError> {
        let name = match what {
            Left::Staged => "left_staged",
            Left::Stored => "left_objects",
        };
        self.call(Read, name, Args::new().number("seconds", seconds)).await
    }
}

/// Those of `rows` that can be read. Users write into these tables past the Worker, and what one of them wrote must not take the others' rows away.
fn readable<T: DeserializeOwned>(name: &str, rows: &[Box<RawValue>]) -> Vec<T> {
    #[derive(serde::Deserialize)]
    struct Known {
        id: Box<str>,
    }
    let read = |row: &RawValue| {
        let told = |error| {
            // The rest is what a user wrote, as long as they liked.
            let id = serde_json::from_str(row.get()).map(|Known { id }| id).unwrap_or_default();
            tracing::error!(%error, name, %id, "a row can't be read and is left out");
        };
        serde_json::from_str(row.get()).map_err(told).ok()
    };
    rows.iter().filter_map(|row| read(row)).collect()
}

/// What a 403 says of a bound of `supabase/migrations/`: those are errors of the code PT403, whose message and hint are ours and meant for the user.
/// What else is refused is said in Postgres' own words, which are no client's.
fn bound(body: &[u8]) -> Option<Box<str>> {
    #[derive(serde::Deserialize)]
    struct Said {
        code: Box<str>,
        message: Box<str>,
        hint: Option<Box<str>>,
    }
    let said: Said = serde_json::from_slice(body).ok()?;
    if &*said.code != "PT403" {
        return None;
    }
    Some(match said.hint {
        Some(hint) => format!("{}. {hint}", said.message).into(),
        None => said.message,
    })
}

/// A user as the database looks for them. A `uuid` has many spellings and a user's id one, as in every other store: what is spelled otherwise is nobody.
fn sought(user: &str) -> String {
    if is_uuid(user) { user.to_owned() } else { String::new() }
}

fn of(function: &Function) -> Args {
    Args::new().text("function_id", Some(function.id.as_str()))
}

impl Store for Supabase {
    async fn create(
        &self,
        function: &Function,
        quota: Quota,
        key: Option<&IdempotencyKey<'_>>,
    ) -> Result<Created, StoreError> {
        let args = Args::creation(function, quota, key);
        self.call::<Made>(Change, "create_function", args).await?.outcome(quota, key)
    }

    async fn find(&self, function: &FunctionRef) -> Result<Option<Function>, StoreError> {
        Ok(self.call::<Vec<_>>(Read, "find_function", Args::which(function)).await?.pop())
    }

    async fn resolve(&self, function: &FunctionRef) -> Result<Option<(Function, Option<Module>)>, StoreError> {
        Ok(self.call::<Vec<_>>(Read, "resolve_function", Args::which(function)).await?.pop())
    }

    async fn list(&self, _: &Scope, filter: &Filter) -> Result<Vec<Function>, StoreError> {
        // The caller's scope is the policies'.
        let filter = Filter { owner: filter.owner.as_deref().map(sought), ..filter.clone() };
        #[derive(serde::Deserialize)]
        struct Named {
            name: FunctionName,
        }
        let args = |last: Option<Named>| match last {
            Some(Named { name }) => Filter { after: Some(name), ..filter.clone() }.args(),
            None => filter.args(),
        };
        self.page("list_functions", filter.limit, args).await
    }

    async fn update(&self, current: &Updatable<'_>, changed: &Function) -> Result<Function, StoreError> {
        let args = Args::new().raw("function", &json(changed)).number("expected", current.revision.0);
        let told: Told = self.call(Change, "update_function", args).await?;
        let function = told.function.ok_or(StoreError::Gone)?;
        match told {
            Told { done: true, .. } => Ok(function),
            Told { other: true, .. } => Err(StoreError::NameTaken),
            _ => Err(StoreError::Stale),
        }
    }

    async fn delete(&self, function: &Deletable<'_>) -> Result<(), StoreError> {
        #[derive(serde::Deserialize)]
        struct Deleted {
            done: bool,
            there: bool,
        }
        let args = of(function).number("expected", function.revision.0);
        match self.call(Change, "delete_function", args).await? {
            Deleted { done: true, .. } => Ok(()),
            Deleted { there: true, .. } => Err(StoreError::Stale),
            _ => Err(StoreError::Gone),
        }
    }

    async fn begin_artifact(
        &self,
        function: &Updatable<'_>,
        hash: &ArtifactHash,
        size: u64,
        quota: Quota,
    ) -> Result<(), StoreError> {
        let args = of(function).text("sha256", Some(hash.as_str())).number("size", size).number("most", quota.bytes);
        self.call::<Beginning>(Change, "begin_artifact", args).await?.outcome(quota)
    }

    async fn add_module(
        &self,
        function: &Updatable<'_>,
        module: &NewModule,
        adding: Adding<'_>,
        quota: Quota,
    ) -> Result<(Function, Module), StoreError> {
        let args = of(function)
            .raw("module", &json(module))
            .flag("activate", adding.activate)
            .revision("expected", adding.expected(function))
            .number("most", quota.bytes)
            .key(adding.key.as_ref());
        self.call::<Told>(Change, "add_module", args).await?.added(adding.expected(function), quota)
    }

    async fn module(&self, function: &Readable<'_>, version: ModuleVersion) -> Result<Option<Module>, StoreError> {
        Ok(self.call::<Vec<_>>(Read, "find_module", of(function).number("version", version.0)).await?.pop())
    }

    async fn modules(
        &self,
        function: &Readable<'_>,
        before: Option<ModuleVersion>,
        limit: u32,
    ) -> Result<Vec<Module>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Numbered {
            version: ModuleVersion,
        }
        let args = |last: Option<Numbered>| {
            let args = of(function).number("most", limit);
            match last.map(|Numbered { version }| version).or(before) {
                Some(version) => args.number("before", version.0),
                None => args,
            }
        };
        self.page("list_modules", limit, args).await
    }

    async fn activate(
        &self,
        function: &Updatable<'_>,
        version: ModuleVersion,
        key: Option<&IdempotencyKey<'_>>,
    ) -> Result<Function, StoreError> {
        let args = of(function).number("version", version.0).number("expected", function.revision.0).key(key);
        let told: Told = self.call(Change, "activate_version", args).await?;
        told.is_first()?;
        let current = told.function.ok_or(StoreError::Gone)?;
        match (told.module, told.done) {
            (None, _) => Err(StoreError::NoVersion(version)),
            (_, true) => Ok(current),
            (_, false) => Err(StoreError::Stale),
        }
    }

    async fn collect(&self, seconds: u32) -> Result<Vec<ArtifactHash>, StoreError> {
        self.call(Change, "collect_artifacts", Args::new().number("seconds", seconds)).await
    }

    async fn collected(&self, hash: &ArtifactHash) -> Result<(), StoreError> {
        self.call(Change, "collected_artifact", Args::new().text("sha256", Some(hash.as_str()))).await
    }

    async fn answered(&self, caller: &str, key: &str) -> Result<Option<Answered>, StoreError> {
        self.call(Read, "answered", Args::new().text("caller", Some(caller)).text("key", Some(key))).await
    }

    async fn again(&self, _: u32) -> Result<Vec<Again>, StoreError> {
        Ok(Vec::new())
    }

    async fn tidied(&self, _: &[ArtifactHash], _: u32) -> Result<(), StoreError> {
        Ok(())
    }

    async fn forget_keys(&self, seconds: u32) -> Result<(), StoreError> {
        self.call(Change, "forget_keys", Args::new().number("seconds", seconds)).await
    }
}

impl Executions for Supabase {
    async fn add(&self, rows: &str) -> Result<(), StoreError> {
        let executions = row::named(rows).map_err(|error| {
            tracing::error!(%error, "the history's rows can't be read");
            StoreError::Unavailable
        })?;
        self.call(Change, "record_executions", Args::new().raw("executions", &executions)).await
    }

    async fn list(&self, _: &ExecutionScope, filter: &ExecutionFilter) -> Result<Vec<Box<RawValue>>, StoreError> {
        // Here too the database knows the caller, and so the scope.
        let filter = ExecutionFilter { caller: filter.caller.as_deref().map(sought), ..filter.clone() };
        self.call(Read, "list_executions", filter.args()).await
    }

    async fn forget(&self, days: u32) -> Result<u32, StoreError> {
        self.call(Change, "forget_executions", Args::new().number("days", days)).await
    }

    async fn shrink(&self, bytes: u64) -> Result<bool, StoreError> {
        let gone: u32 = self.call(Change, "shrink_history", Args::new().number("bytes", bytes)).await?;
        Ok(gone > 0)
    }

    async fn bytes(&self, of: Option<&FunctionId>) -> Result<u64, StoreError> {
        self.call(Read, "history_bytes", Args::new().text("function_id", of.map(FunctionId::as_str))).await
    }
}

impl Schedules for Supabase {
    async fn scheduled(&self) -> Result<Vec<Scheduled>, StoreError> {
        let rows: Vec<_> = self.call(Read, "scheduled_functions", Args::new()).await?;
        Ok(readable("scheduled_functions", &rows))
    }

    async fn claim(&self, claim: &Claim) -> Result<Option<Function>, StoreError> {
        let args = Args::new().raw("claims", &json(&[claim]));
        let rows: Vec<_> = self.call(Change, "claim_ticks", args).await?;
        Ok(readable("claim_ticks", &rows).pop())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_told_from_what_postgres_refuses() {
        let told = |body: &str| bound(body.as_bytes()).map(String::from);
        let ours = r#"{"code":"PT403","details":null,"hint":"Delete one first.","message":"you have as many as you may have"}"#;
        assert_eq!(told(ours).as_deref(), Some("you have as many as you may have. Delete one first."));
        let short = r#"{"code":"PT403","details":null,"hint":null,"message":"too many"}"#;
        assert_eq!(told(short).as_deref(), Some("too many"));
        for others in [
            r#"{"code":"42501","details":null,"hint":null,"message":"new row violates row-level security policy for table \"functions\""}"#,
            r#"{"code":"PT401","details":null,"hint":"Sign in again.","message":"the session of this token has ended"}"#,
            r#"{"message":"PT403"}"#,
            "<html>PT403</html>",
            "",
        ] {
            assert_eq!(told(others), None, "{others}");
        }
    }
}
