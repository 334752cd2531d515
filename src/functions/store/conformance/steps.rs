//! What several cases do with a store.

use crate::bridge::clock;
use crate::functions::access::Access;
use crate::functions::caller::Caller;
use crate::functions::conformance::{draft, said};
use crate::functions::draft::Draft;
use crate::functions::function::{Function, OwnerType};
use crate::functions::hash::ArtifactHash;
use crate::functions::id::FunctionRef;
use crate::functions::module::{ModuleKind, NewModule};
use crate::functions::revision::ModuleVersion;
use crate::functions::store::{Adding, Created, Quota, Store, StoreError};

pub const QUOTA: Quota = Quota { functions: 10, bytes: 1000 };
pub const ACTIVE: Adding<'static> = Adding { activate: true, unchanged: false, key: None };
pub const V1: ModuleVersion = ModuleVersion(1);
pub const V2: ModuleVersion = ModuleVersion(2);

pub async fn make(store: &impl Store, caller: &Caller, settings: &str) -> Result<Function, String> {
    let function = draft(caller, OwnerType::User, settings)?;
    match store.create(&function, QUOTA, None).await.map_err(said)? {
        Created::New(made) => Ok(made),
        Created::Before(_) => Err("a creation without a key was taken for a repeated one".into()),
    }
}

pub async fn reread(store: &impl Store, function: &Function) -> Result<Function, String> {
    let found = store.find(&FunctionRef::Id(function.id.clone())).await.map_err(said)?;
    found.ok_or_else(|| format!("{} is not there", function.name))
}

pub async fn change(store: &impl Store, by: &Caller, from: &Function, settings: &str) -> Result<Function, StoreError> {
    let refused = |_| StoreError::Unavailable;
    let updatable = Access::update(by, from).map_err(refused)?;
    let draft: Draft = serde_json::from_str(settings).map_err(|_| StoreError::Unavailable)?;
    let changed = draft.change(&updatable).map_err(|_| StoreError::Unavailable)?;
    store.update(&updatable, &changed).await
}

pub fn hash() -> ArtifactHash {
    let digits = format!("{}{}", clock::uuid(), clock::uuid()).replace('-', "");
    ArtifactHash::parse(&digits).unwrap_or_else(|_| unreachable!("two UUIDs have 64 digits"))
}

pub fn module(sha256: &ArtifactHash, size: u64) -> NewModule {
    NewModule { sha256: sha256.clone(), size, kind: ModuleKind::Core, prepared: None }
}

pub async fn add(
    store: &impl Store,
    by: &Caller,
    to: &Function,
    new: &NewModule,
) -> Result<(Function, ModuleVersion), StoreError> {
    let updatable = Access::update(by, to).map_err(|_| StoreError::Unavailable)?;
    store.begin_artifact(&updatable, &new.sha256, new.size, QUOTA).await?;
    let (function, module) = store.add_module(&updatable, new, ACTIVE, QUOTA).await?;
    Ok((function, module.version))
}
