//! Where functions and their modules are kept.

pub mod chosen;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod d1;
pub mod schedules;
pub(crate) mod statement;
pub mod supabase;
mod told;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use super::access::{Deletable, Readable, Scope, Updatable};
use super::function::{Function, OwnerType};
use super::hash::ArtifactHash;
use super::id::{FunctionName, FunctionRef};
use super::module::{Module, NewModule};
use super::revision::{ModuleVersion, Revision};
use statement::Args;

pub use chosen::Database;
pub use d1::D1;
pub use supabase::Supabase;

/// A store. Each call is one transaction: it happens whole or not at all, and two at once happen one after the other.
///
/// What acts on a function takes what [`Access`](super::Access) permitted, and acts on the revision that was asked about: a function that was changed in
/// between gives [`StoreError::Stale`]. Bytes are not kept here but in [`Artifacts`](super::artifacts::Artifacts); the life of their content keys is:
/// [`begin_artifact`](Store::begin_artifact) before the first byte is stored under its hash, [`add_module`](Store::add_module) after the last,
/// and for what no module uses [`collect`](Store::collect), removal, [`collected`](Store::collected).
pub trait Store {
    /// Stores a new function, unless its user has as many as they may. With a key that was used before: what it made then. Of a caller's keys the
    /// last [`KEYS_PER_CALLER`] are kept.
    fn create(
        &self,
        function: &Function,
        quota: Quota,
        key: Option<&IdempotencyKey<'_>>,
    ) -> impl Future<Output = Result<Created, StoreError>>;

    /// The function of this id or name, whoever may read it.
    fn find(&self, which: &FunctionRef) -> impl Future<Output = Result<Option<Function>, StoreError>>;

    /// The function of this id or name and its active module, whoever may execute it: what a call needs.
    fn resolve(
        &self,
        which: &FunctionRef,
    ) -> impl Future<Output = Result<Option<(Function, Option<Module>)>, StoreError>>;

    /// The functions in `scope` that `filter` chooses, by name.
    fn list(&self, scope: &Scope, filter: &Filter) -> impl Future<Output = Result<Vec<Function>, StoreError>>;

    /// Stores changed settings as the next revision. Its active module is not among them.
    fn update(&self, current: &Updatable<'_>, changed: &Function)
    -> impl Future<Output = Result<Function, StoreError>>;

    /// Deletes a function with its modules. Bytes that no other function uses count as what its user began, until they are collected.
    fn delete(&self, function: &Deletable<'_>) -> impl Future<Output = Result<(), StoreError>>;

    /// Notes that `size` bytes of this hash are about to be stored for a function, if its user has room for them beside their modules and what they
    /// began or deleted and no module uses; [`StoreError::Busy`] while they are being removed.
    fn begin_artifact(
        &self,
        function: &Updatable<'_>,
        hash: &ArtifactHash,
        size: u64,
        quota: Quota,
    ) -> impl Future<Output = Result<(), StoreError>>;

    /// Adds a module whose bytes are stored; [`StoreError::Busy`] if they were taken for removal since. The same bytes again are the same module. What is
    /// [`answered`](Store::answered) to its key from then on is the function and the module's version.
    fn add_module(
        &self,
        function: &Updatable<'_>,
        module: &NewModule,
        adding: Adding<'_>,
        quota: Quota,
    ) -> impl Future<Output = Result<(Function, Module), StoreError>>;

    /// The module of this version.
    fn module(
        &self,
        function: &Readable<'_>,
        version: ModuleVersion,
    ) -> impl Future<Output = Result<Option<Module>, StoreError>>;

    /// At most `limit` modules, the newest first, those before the version `before`, and no more of them once there is 1 MiB, as the stores' SQL says.
    fn modules(
        &self,
        function: &Readable<'_>,
        before: Option<ModuleVersion>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Module>, StoreError>>;

    /// Makes a version the one that calls run. What is [`answered`](Store::answered) to its key from then on is the function.
    fn activate(
        &self,
        function: &Updatable<'_>,
        version: ModuleVersion,
        key: Option<&IdempotencyKey<'_>>,
    ) -> impl Future<Output = Result<Function, StoreError>>;

    /// Takes the hashes that no module uses and nobody began to store in the last `seconds`, and those that were taken longer ago and not reported as
    /// removed, and gives them: at most [`COLLECTED_AT_ONCE`].
    fn collect(&self, seconds: u32) -> impl Future<Output = Result<Vec<ArtifactHash>, StoreError>>;

    /// Notes that the bytes of a taken hash are removed.
    fn collected(&self, hash: &ArtifactHash) -> impl Future<Output = Result<(), StoreError>>;

    /// What was answered to the request of `caller` that first came with `key`. It is kept with what the request did, in one transaction: one that comes
    /// while the first is under way does nothing, and gives [`StoreError::Repeated`].
    fn answered(&self, caller: &str, key: &str) -> impl Future<Output = Result<Option<Answered>, StoreError>>;

    /// The stored hashes that came again or that a function lost, `seconds` ago or earlier, since they were last [`tidied`](Store::tidied): at most
    /// [`AGAIN_AT_ONCE`]. None where each function has bundles of its own: there [`Artifacts::sweep`](super::artifacts::Artifacts::sweep) knows.
    fn again(&self, seconds: u32) -> impl Future<Output = Result<Vec<Again>, StoreError>>;

    /// Notes that the other bundles of hashes that [`again`](Store::again) gave are removed.
    fn tidied(&self, hashes: &[ArtifactHash], seconds: u32) -> impl Future<Output = Result<(), StoreError>>;

    /// Forgets the idempotency keys of `seconds` ago or earlier.
    fn forget_keys(&self, seconds: u32) -> impl Future<Output = Result<(), StoreError>>;
}

/// How many hashes one [`collect`](Store::collect) gives; the stores' SQL says it too. Each takes some four requests of the host, which has a bound of 1,000 for an event.
pub const COLLECTED_AT_ONCE: usize = 200;

/// How many hashes one [`again`](Store::again) gives; D1's SQL says it too. Each takes two requests of the host.
pub const AGAIN_AT_ONCE: usize = 100;

/// A hash of which there may be bundles that nobody uses.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Again {
    /// The module's.
    pub sha256: ArtifactHash,
    /// The bundles that modules name.
    pub bundles: Vec<ArtifactHash>,
}

/// How a module is added.
#[derive(Clone, Copy, Debug)]
pub struct Adding<'a> {
    /// It becomes the one that calls run.
    pub activate: bool,
    /// The function has to be in the revision that was asked about. Otherwise what was changed during the upload doesn't matter to it.
    pub unchanged: bool,
    /// The key that the request came with.
    pub key: Option<IdempotencyKey<'a>>,
}

impl Adding<'_> {
    /// The revision that a function has to be in, if it has to be in one.
    fn expected(self, function: &Function) -> Option<Revision> {
        self.unchanged.then_some(function.revision)
    }
}

/// What one user may have of their own functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Functions.
    pub functions: u32,
    /// Bytes of modules, the same bytes in two functions counted twice.
    pub bytes: u64,
}

/// What makes a repeated request the same request.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyKey<'a> {
    /// Who sent it.
    pub caller: &'a str,
    /// The key that they chose.
    pub key: &'a str,
    /// The SHA-256 of what they sent with it, in hexadecimal: another request under the same key is a mistake.
    pub request: &'a str,
}

/// What was answered to a request with an idempotency key.
#[derive(Debug, Deserialize)]
pub struct Answered {
    /// The SHA-256 of what was sent.
    request: Box<str>,
    /// The function as it was made, or what else was kept.
    function: Box<RawValue>,
}

impl Answered {
    /// The answer, if `request` is the same request; [`StoreError::KeyReused`] if it isn't.
    pub fn to<T: serde::de::DeserializeOwned>(&self, request: &str) -> Result<T, StoreError> {
        if *self.request != *request {
            return Err(StoreError::KeyReused);
        }
        serde_json::from_str(self.function.get()).map_err(|error| {
            tracing::error!(%error, "the answer of an idempotency key can't be read");
            StoreError::Unavailable
        })
    }
}

/// How many idempotency keys of one caller are kept: each holds a function as it was made, and who deletes what they make could go on for ever.
/// The next one takes the place of the oldest.
pub const KEYS_PER_CALLER: u32 = 100;

/// What came of a creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// A new function.
    New(Function),
    /// The function that the same request made before, as it was then.
    Before(Function),
}

/// What a list shows of what it may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Of this kind only.
    pub owner_type: Option<OwnerType>,
    /// Made by this user only.
    pub owner: Option<String>,
    /// With this text in their name only.
    pub search: Option<String>,
    /// Those after this name.
    pub after: Option<FunctionName>,
    /// At most so many.
    pub limit: u32,
}

impl Filter {
    /// The same as a statement's arguments.
    pub(crate) fn args(&self) -> Args {
        Args::new()
            .text("owner_type", self.owner_type.map(|owner_type| owner_type.as_str()))
            .text("owner", self.owner.as_deref())
            .text("search", self.search.as_deref())
            .text("after", Some(self.after.as_ref().map_or("", |name| name.as_str())))
            .number("most", self.limit)
    }
}

/// Why a store didn't do it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// Another function has the name.
    #[error("another function has this name; names are a deployment's, choose another")]
    NameTaken,
    /// The user has as many functions as they may.
    #[error("you have the {0} functions that you may have; delete one first")]
    Functions(u32),
    /// The user has stored as much as they may.
    #[error(
        "your modules may have {0} bytes in all, with what broken uploads and deleted functions left until it is swept, and this one doesn't fit; delete a function, and wait for the sweep, which takes an hour or two"
    )]
    Bytes(u64),
    /// The database's own bound on what one user may have or have begun, in its words.
    #[error("{0}")]
    Bound(Box<str>),
    /// The function was changed since it was read.
    #[error("the function was changed meanwhile; read it again")]
    Stale,
    /// The function is gone.
    #[error("there is no such function")]
    Gone,
    /// The function has no such version.
    #[error("this function has no version {0}")]
    NoVersion(ModuleVersion),
    /// The key came with another request before.
    #[error("this idempotency key came with another request before; use a new one")]
    KeyReused,
    /// Another request with the same key was answered while this one was under way.
    #[error("a request with this idempotency key was answered meanwhile; send it again for its answer")]
    Repeated,
    /// The same bytes are being removed at this moment.
    #[error(
        "the same bytes are being removed at this moment; try again in a minute, or in some two hours if that was cut off"
    )]
    Busy,
    /// The caller's token is not valid any more.
    #[error("the token is not valid any more; sign in again")]
    SignedOut,
    /// The database itself refuses what its policies don't grant.
    #[error("the database refuses this to the caller")]
    Refused,
    /// The store can't be used now.
    #[error("the store can't be used now; try again later")]
    Unavailable,
}
