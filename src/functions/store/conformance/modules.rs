//! Modules: the versions of a function, and which of them is active.

use super::steps::{QUOTA, V1, V2, add, hash, make, module, reread};
use crate::functions::access::Access;
use crate::functions::conformance::{Outcome, check, said, same, user};
use crate::functions::function::Function;
use crate::functions::module::{Export, ModuleKind, NewModule, Prepared};
use crate::functions::revision::{ModuleVersion, Revision};
use crate::functions::store::{Store, StoreError};

pub async fn versions_count_up_and_the_same_bytes_are_one_module(store: &impl Store) -> Outcome {
    let ann = user();
    let function = make(store, &ann, "").await?;
    let (one, two) = (hash(), hash());
    let (after, version) = add(store, &ann, &function, &module(&one, 10)).await.map_err(said)?;
    same!((version, after.active_version, after.revision), (V1, Some(V1), Revision(2)), "the first module");
    let (after, version) = add(store, &ann, &function, &module(&two, 20)).await.map_err(said)?;
    same!((version, after.active_version, after.revision), (V2, Some(V2), Revision(3)), "the second");
    let (after, version) = add(store, &ann, &function, &module(&two, 20)).await.map_err(said)?;
    same!((version, after.active_version, after.revision), (V2, Some(V2), Revision(3)), "the second again");
    let (after, version) = add(store, &ann, &function, &module(&one, 10)).await.map_err(said)?;
    same!((version, after.active_version, after.revision), (V1, Some(V1), Revision(4)), "the first again");

    let updatable = Access::update(&ann, &function).map_err(said)?;
    let export = Export { name: "run".into(), signature: "func() -> result<_, string>".into() };
    let worlds = vec!["edge-worker".to_owned()];
    let prepared = Some(Prepared { prepare: 1, bundle: hash(), worlds, exports: vec![export], types: Vec::new() });
    let told = NewModule { prepared: prepared.clone(), kind: ModuleKind::Component, ..module(&two, 20) };
    let (after, known) = store.add_module(&updatable, &told, false, QUOTA).await.map_err(said)?;
    same!(
        (known.version, known.prepared.clone(), after.active_version),
        (V2, prepared.clone(), Some(V1)),
        "prepared later"
    );
    let (_, known) = store.add_module(&updatable, &module(&two, 20), false, QUOTA).await.map_err(said)?;
    same!(known.prepared, prepared, "what was prepared once stays so");

    let readable = Access::read(&ann, &function).map_err(said)?;
    let versions = async |before, limit| {
        let found = store.modules(&readable, before, limit).await.map_err(said)?;
        Ok::<_, String>(found.iter().map(|module| module.version).collect::<Vec<_>>())
    };
    same!(versions(None, 10).await?, vec![V2, V1], "the newest first");
    same!(versions(None, 1).await?, vec![V2], "a page");
    same!(versions(Some(V2), 10).await?, vec![V1], "the next page");
    let found = store.module(&readable, V1).await.map_err(said)?;
    same!(found.map(|module| (module.sha256, module.size)), Some((one, 10)), "one version");
    same!(store.module(&readable, ModuleVersion(3)).await, Ok(None), "a version that isn't");
    Ok(())
}

pub async fn a_user_has_a_quota_of_bytes(store: &impl Store) -> Outcome {
    let (ann, bob) = (user(), user());
    let (first, second) = (make(store, &ann, "").await?, make(store, &ann, "").await?);
    let large = module(&hash(), 600);
    add(store, &ann, &first, &large).await.map_err(said)?;
    let refused = add(store, &ann, &second, &module(&hash(), 401)).await;
    same!(refused.err(), Some(StoreError::Bytes(1000)), "the byte after the last");
    same!(reread(store, &second).await?, second, "after a refused module");
    check!(add(store, &ann, &second, &module(&hash(), 400)).await.is_ok(), "the last byte");
    check!(add(store, &ann, &first, &large).await.is_ok(), "bytes that are there already");
    let other = make(store, &bob, "").await?;
    check!(add(store, &bob, &other, &module(&hash(), 1000)).await.is_ok(), "another user's bytes");
    Ok(())
}

pub async fn activation_goes_back_and_forth(store: &impl Store) -> Outcome {
    let ann = user();
    let first = make(store, &ann, "").await?;
    add(store, &ann, &first, &module(&hash(), 1)).await.map_err(said)?;
    let (current, _) = add(store, &ann, &first, &module(&hash(), 1)).await.map_err(said)?;
    let at = async |function: &Function, version| {
        let updatable = Access::update(&ann, function).map_err(|_| StoreError::Unavailable)?;
        store.activate(&updatable, version).await
    };
    let back = at(&current, V1).await.map_err(said)?;
    same!((back.active_version, back.revision), (Some(V1), Revision(current.revision.0 + 1)), "back");
    same!(at(&current, V2).await, Err(StoreError::Stale), "from a revision that is no more");
    same!(at(&back, V1).await, Ok(back.clone()), "what is active already");
    same!(at(&back, ModuleVersion(3)).await, Err(StoreError::NoVersion(ModuleVersion(3))), "a version that isn't");
    let forth = at(&back, V2).await.map_err(said)?;
    same!((forth.active_version, forth.revision), (Some(V2), Revision(back.revision.0 + 1)), "forth");
    Ok(())
}
