//! What comes at once happens one after the other.

use futures_util::future::join_all;

use super::steps::{QUOTA, add, change, hash, make, module, reread};
use crate::bridge::clock;
use crate::functions::conformance::{Outcome, draft, said, same, user};
use crate::functions::function::{Function, OwnerType};
use crate::functions::hash::ArtifactHash;
use crate::functions::module::NewModule;
use crate::functions::store::{Created, IdempotencyKey, Quota, Store, StoreError};

pub async fn concurrent_calls_happen_one_after_the_other(store: &impl Store) -> Outcome {
    let ann = user();
    let two = Quota { functions: 2, ..QUOTA };
    let drafts: Vec<Function> = (0..6).map(|_| draft(&ann, OwnerType::User, "")).collect::<Result<_, _>>()?;
    let made = join_all(drafts.iter().map(|function| store.create(function, two, None))).await;
    let new = made.iter().filter(|made| made.is_ok()).count();
    same!(new, 2, "of six at once, with a quota of two");

    let (bob, number) = (user(), clock::uuid());
    let key = IdempotencyKey { caller: &number, key: "k", request: &"0".repeat(64) };
    let drafts: Vec<Function> = (0..6).map(|_| draft(&bob, OwnerType::User, "")).collect::<Result<_, _>>()?;
    let made = join_all(drafts.iter().map(|function| store.create(function, QUOTA, Some(&key)))).await;
    let new = made.iter().filter(|made| matches!(made, Ok(Created::New(_)))).count();
    let before = made.iter().filter(|made| matches!(made, Ok(Created::Before(_)))).count();
    same!((new, before), (1, 5), "six at once with one key");

    let function = make(store, &bob, "").await?;
    let hashes: Vec<ArtifactHash> = (0..6).map(|_| hash()).collect();
    let modules: Vec<NewModule> = hashes.iter().map(|hash| module(hash, 1)).collect();
    let added = join_all(modules.iter().map(|new| add(store, &bob, &function, new))).await;
    let mut versions: Vec<u32> =
        added.into_iter().map(|added| added.map(|(_, version)| version.0)).collect::<Result<_, _>>().map_err(said)?;
    versions.sort_unstable();
    same!(versions, vec![1, 2, 3, 4, 5, 6], "six uploads at once");

    let current = reread(store, &function).await?;
    let changes: Vec<String> = (1..7).map(|pages| format!("{{\"memory_pages\":{pages}}}")).collect();
    let changed = join_all(changes.iter().map(|settings| change(store, &bob, &current, settings))).await;
    same!(changed.iter().filter(|changed| changed.is_ok()).count(), 1, "six changes of one revision at once");
    same!(changed.iter().filter(|changed| **changed == Err(StoreError::Stale)).count(), 5, "those that came too late");
    Ok(())
}
