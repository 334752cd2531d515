//! Idempotency keys of uploads and activations.

use super::steps::{ACTIVE, QUOTA, V1, V2, add, hash, make, module, reread};
use crate::bridge::clock;
use crate::functions::access::{Access, Updatable};
use crate::functions::caller::Caller;
use crate::functions::conformance::{Outcome, check, draft, said, same, user};
use crate::functions::function::{Function, OwnerType};
use crate::functions::revision::ModuleVersion;
use crate::functions::store::{Adding, IdempotencyKey, KEYS_PER_CALLER, Store, StoreError};

fn updatable<'a>(by: &Caller, function: &'a Function) -> Result<Updatable<'a>, String> {
    Access::update(by, function).map_err(said)
}

/// What was answered to a request, if something was.
async fn answered<T: serde::de::DeserializeOwned>(
    store: &impl Store,
    key: &IdempotencyKey<'_>,
) -> Result<Option<T>, String> {
    let answered = store.answered(key.caller, key.key).await.map_err(said)?;
    answered.map(|answered| answered.to(key.request).map_err(said)).transpose()
}

pub async fn an_upload_is_answered_once(store: &impl Store) -> Outcome {
    let (ann, one, two) = (user(), "1".repeat(64), "2".repeat(64));
    let caller = ann.user().ok_or("no user")?.as_str().to_owned();
    let key = IdempotencyKey { caller: &caller, key: "k", request: &one };
    let keyed = Adding { key: Some(key), ..ACTIVE };
    let (first, second) = (hash(), hash());
    let made = make(store, &ann, "").await?;
    let before = updatable(&ann, &made)?;
    same!(answered::<Function>(store, &key).await?, None, "an answer before there is one");
    for sha256 in [&first, &second] {
        store.begin_artifact(&before, sha256, 10, QUOTA).await.map_err(said)?;
    }
    let (after, added) = store.add_module(&before, &module(&first, 10), keyed, QUOTA).await.map_err(said)?;
    same!((added.version, after.active_version), (V1, Some(V1)), "the module of the first request");
    same!(answered(store, &key).await?, Some((after.clone(), V1)), "the answer to the first request");
    // As if the first were still under way when it was sent again.
    for sha256 in [&first, &second] {
        let again = store.add_module(&before, &module(sha256, 10), keyed, QUOTA).await;
        same!(again.map(drop), Err(StoreError::Repeated), "the same key again");
    }
    same!(reread(store, &after).await?, after, "after the same key came again");
    let modules = store.modules(&Access::read(&ann, &after).map_err(said)?, None, 9).await.map_err(said)?;
    same!(modules.len(), 1, "how many modules there are");
    let activated = store.activate(&updatable(&ann, &after)?, V1, Some(&key)).await;
    same!(activated, Err(StoreError::Repeated), "an activation with the key of an upload");
    let other = store.answered(&caller, "k").await.map_err(said)?.ok_or("nothing was kept")?;
    same!(other.to::<(Function, ModuleVersion)>(&two), Err(StoreError::KeyReused), "another request with the key");
    let created = draft(&ann, OwnerType::User, "")?;
    let created = store.create(&created, QUOTA, Some(&IdempotencyKey { request: &two, ..key })).await;
    same!(created, Err(StoreError::KeyReused), "a function under the key of another request");
    let stranger = clock::uuid();
    check!(store.answered(&stranger, "k").await.map_err(said)?.is_none(), "another caller's answer");
    // What is refused keeps no key.
    let refused = IdempotencyKey { key: "refused", ..key };
    let unchanged = Adding { unchanged: true, key: Some(refused), ..ACTIVE };
    let stale = store.add_module(&before, &module(&second, 10), unchanged, QUOTA).await;
    same!(stale.map(drop), Err(StoreError::Stale), "an upload to what was changed");
    let known = store.add_module(&before, &module(&first, 10), unchanged, QUOTA).await;
    same!(known.map(drop), Err(StoreError::Stale), "an upload of the same bytes to what was changed");
    let large = Adding { key: Some(refused), ..ACTIVE };
    let large = store.add_module(&updatable(&ann, &after)?, &module(&second, 991), large, QUOTA).await;
    same!(large.map(drop), Err(StoreError::Bytes(QUOTA.bytes)), "an upload for which there is no room");
    same!(answered::<Function>(store, &refused).await?, None, "an answer to what was refused");
    Ok(())
}

pub async fn an_activation_is_answered_once(store: &impl Store) -> Outcome {
    let (ann, one) = (user(), "1".repeat(64));
    let caller = ann.user().ok_or("no user")?.as_str().to_owned();
    let key = IdempotencyKey { caller: &caller, key: "k", request: &one };
    let made = make(store, &ann, "").await?;
    let (_, first) = add(store, &ann, &made, &module(&hash(), 10)).await.map_err(said)?;
    let (current, second) = add(store, &ann, &reread(store, &made).await?, &module(&hash(), 10)).await.map_err(said)?;
    same!((first, second, current.active_version), (V1, V2, Some(V2)), "two modules");
    let missing = store.activate(&updatable(&ann, &current)?, ModuleVersion(9), Some(&key)).await;
    same!(missing, Err(StoreError::NoVersion(ModuleVersion(9))), "a version that isn't there");
    same!(store.activate(&updatable(&ann, &made)?, V1, Some(&key)).await, Err(StoreError::Stale), "what was changed");
    same!(answered::<Function>(store, &key).await?, None, "an answer to what was refused");
    let back = store.activate(&updatable(&ann, &current)?, V1, Some(&key)).await.map_err(said)?;
    same!(back.active_version, Some(V1), "rolled back");
    same!(answered(store, &key).await?, Some(back.clone()), "the answer");
    let again = store.activate(&updatable(&ann, &current)?, V1, Some(&key)).await;
    same!(again, Err(StoreError::Repeated), "the same key again, of who read the function before");
    let other = store.activate(&updatable(&ann, &back)?, V2, Some(&key)).await;
    same!(other, Err(StoreError::Repeated), "the same key for another version");
    same!(reread(store, &back).await?, back, "after the same key came again");
    // Nothing has to be done for these. One more than are kept, of which the first key is the oldest.
    for at in 0..KEYS_PER_CALLER {
        let name = format!("k{at}");
        let key = IdempotencyKey { key: &name, ..key };
        same!(store.activate(&updatable(&ann, &back)?, V1, Some(&key)).await, Ok(back.clone()), "what is active");
    }
    let newer = IdempotencyKey { key: "k0", ..key };
    same!(answered::<Function>(store, &key).await?, None, "the oldest key");
    same!(answered(store, &newer).await?, Some(back), "the second oldest key");
    store.forget_keys(0).await.map_err(said)?;
    same!(answered::<Function>(store, &newer).await?, None, "a key that was to be forgotten");
    Ok(())
}
