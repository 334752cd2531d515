//! Modules: the versions of a function, and which of them is active.

use super::steps::{ACTIVE, QUOTA, V1, V2, add, hash, make, module, reread};
use crate::functions::access::Access;
use crate::functions::conformance::{Outcome, check, said, same, user};
use crate::functions::function::Function;
use crate::functions::hash::ArtifactHash;
use crate::functions::id::FunctionRef;
use crate::functions::module::{Export, ModuleKind, NewModule, Prepared};
use crate::functions::revision::{ModuleVersion, Revision};
use crate::functions::store::{Adding, Store, StoreError};

const PASSIVE: Adding<'static> = Adding { activate: false, ..ACTIVE };

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
    let (after, known) = store.add_module(&updatable, &told, PASSIVE, QUOTA).await.map_err(said)?;
    same!(
        (known.version, known.prepared.clone(), after.active_version),
        (V2, prepared.clone(), Some(V1)),
        "prepared later"
    );
    let (_, known) = store.add_module(&updatable, &module(&two, 20), PASSIVE, QUOTA).await.map_err(said)?;
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

pub async fn a_call_finds_the_function_with_what_it_runs(store: &impl Store) -> Outcome {
    let ann = user();
    let function = make(store, &ann, "").await?;
    let (one, two) = (hash(), hash());
    let whichever = [FunctionRef::Id(function.id.clone()), FunctionRef::Name(function.name.clone())];
    for which in &whichever {
        same!(store.resolve(which).await, Ok(Some((function.clone(), None))), "one without a module");
    }
    let runs = async |now: &Function, version, sha256: &ArtifactHash| {
        for which in &whichever {
            let (found, active) = store.resolve(which).await.map_err(said)?.ok_or("it is not found")?;
            same!(&found, now, "the function as it is");
            let active = active.map(|module| (module.version, module.sha256));
            same!(active, Some((version, sha256.clone())), "its active module");
        }
        Ok(())
    };
    add(store, &ann, &function, &module(&one, 10)).await.map_err(said)?;
    let (second, _) = add(store, &ann, &function, &module(&two, 20)).await.map_err(said)?;
    runs(&second, V2, &two).await?;
    let back = store.activate(&Access::update(&ann, &second).map_err(said)?, V1, None).await.map_err(said)?;
    runs(&back, V1, &one).await?;
    let nobodys = make(store, &ann, "").await?;
    store.delete(&Access::delete(&ann, &nobodys).map_err(said)?).await.map_err(said)?;
    for which in [FunctionRef::Id(nobodys.id.clone()), FunctionRef::Name(nobodys.name.clone())] {
        same!(store.resolve(&which).await, Ok(None), "one that is gone");
    }
    Ok(())
}

pub async fn a_list_of_modules_has_so_many_bytes(store: &impl Store) -> Outcome {
    let ann = user();
    let function = make(store, &ann, "").await?;
    for _ in 0..12 {
        let prepared = Prepared {
            prepare: 1,
            bundle: hash(),
            worlds: Vec::new(),
            exports: Vec::new(),
            types: vec!["t".repeat(130_000)],
        };
        let module = NewModule { prepared: Some(prepared), ..module(&hash(), 10) };
        add(store, &ann, &function, &module).await.map_err(said)?;
    }
    let readable = Access::read(&ann, &function).map_err(said)?;
    let mut pages = Vec::new();
    let mut before = None;
    loop {
        let page = store.modules(&readable, before, 100).await.map_err(said)?;
        let Some(last) = page.last() else { break };
        before = Some(last.version);
        pages.push(page.iter().map(|module| module.version.0).collect::<Vec<_>>());
    }
    same!(pages, vec![(4..=12).rev().collect::<Vec<_>>(), vec![3, 2, 1]], "pages of 1 MiB and what goes beyond it");
    same!(store.modules(&readable, None, 1).await.map(|page| page.len()), Ok(1), "one of them");
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

pub async fn what_was_begun_counts_until_it_is_collected(store: &impl Store) -> Outcome {
    let (ann, bob) = (user(), user());
    let (first, second) = (make(store, &ann, "").await?, make(store, &ann, "").await?);
    let begin = async |function: &Function, hash, size| {
        let updatable = Access::update(&ann, function).map_err(|_| StoreError::Unavailable)?;
        store.begin_artifact(&updatable, hash, size, QUOTA).await
    };
    add(store, &ann, &first, &module(&hash(), 300)).await.map_err(said)?;
    let (broken, late) = (hash(), hash());
    same!(begin(&first, &broken, 701).await, Err(StoreError::Bytes(1000)), "more than there is room for");
    same!(begin(&first, &broken, 600).await, Ok(()), "what fits");
    same!(begin(&second, &late, 101).await, Err(StoreError::Bytes(1000)), "beside what was begun");
    same!(begin(&second, &late, 100).await, Ok(()), "the last byte");
    same!(begin(&first, &broken, 600).await, Ok(()), "the same bytes once more");
    let other = make(store, &bob, "").await?;
    check!(add(store, &bob, &other, &module(&hash(), 1000)).await.is_ok(), "another user's room");
    store.collect(0).await.map_err(said)?;
    store.collected(&broken).await.map_err(said)?;
    check!(add(store, &ann, &second, &module(&hash(), 600)).await.is_ok(), "what was collected counts no more");
    Ok(())
}

pub async fn what_was_deleted_counts_until_it_is_collected(store: &impl Store) -> Outcome {
    let (ann, bob) = (user(), user());
    let (first, second) = (make(store, &ann, "").await?, make(store, &ann, "").await?);
    let begin = async |function: &Function, hash, size| {
        let updatable = Access::update(&ann, function).map_err(|_| StoreError::Unavailable)?;
        store.begin_artifact(&updatable, hash, size, QUOTA).await
    };
    let (gone, again, shared, other, late) = (hash(), hash(), hash(), hash(), hash());
    let full = Err(StoreError::Bytes(1000));
    for (hash, size) in [(&gone, 200), (&again, 300), (&shared, 100)] {
        add(store, &ann, &first, &module(hash, size)).await.map_err(said)?;
    }
    add(store, &ann, &second, &module(&shared, 100)).await.map_err(said)?;
    let stale = Access::delete(&ann, &first).map_err(said)?;
    same!(store.delete(&stale).await, Err(StoreError::Stale), "a deletion from a revision that is no more");
    same!(begin(&second, &other, 301).await, full, "beside four modules");
    same!(begin(&second, &other, 300).await, Ok(()), "the last byte beside four modules");
    let current = reread(store, &first).await?;
    let deletable = Access::delete(&ann, &current).map_err(said)?;
    same!(store.delete(&deletable).await, Ok(()), "a deletion");
    same!(begin(&second, &other, 401).await, full, "beside what was deleted; what is used elsewhere counts there");
    same!(begin(&second, &other, 400).await, Ok(()), "the last byte beside what was deleted");
    same!(begin(&second, &again, 300).await, Ok(()), "the deleted bytes once more");
    let theirs = make(store, &bob, "").await?;
    check!(add(store, &bob, &theirs, &module(&again, 300)).await.is_ok(), "another user's upload of the same bytes");
    same!(begin(&second, &late, 301).await, full, "beside what is left");
    same!(begin(&second, &late, 300).await, Ok(()), "what another uses now counts as theirs");
    let taken = store.collect(0).await.map_err(said)?;
    check!(taken.contains(&gone), "what nothing uses was not taken");
    check!(!taken.contains(&shared) && !taken.contains(&again), "what a module uses was taken");
    for hash in [&gone, &other, &late] {
        store.collected(hash).await.map_err(said)?;
    }
    check!(add(store, &ann, &second, &module(&hash(), 900)).await.is_ok(), "what was collected counts no more");
    Ok(())
}

pub async fn a_module_is_added_to_the_revision_that_was_asked_about(store: &impl Store) -> Outcome {
    let ann = user();
    let function = make(store, &ann, "").await?;
    let (first, second) = (module(&hash(), 10), module(&hash(), 20));
    let (current, _) = add(store, &ann, &function, &first).await.map_err(said)?;
    let only = async |function: &Function, module: &NewModule, activate| {
        let updatable = Access::update(&ann, function).map_err(|_| StoreError::Unavailable)?;
        store.begin_artifact(&updatable, &module.sha256, module.size, QUOTA).await?;
        let added =
            store.add_module(&updatable, module, Adding { activate, unchanged: true, key: None }, QUOTA).await?;
        Ok((added.0.revision, added.1.version))
    };
    for activate in [true, false] {
        same!(only(&function, &second, activate).await, Err(StoreError::Stale), "to a revision that is no more");
        same!(
            only(&function, &first, activate).await,
            Err(StoreError::Stale),
            "the same bytes, to a revision that is no more"
        );
    }
    same!(reread(store, &function).await?, current, "afterwards");
    let readable = Access::read(&ann, &function).map_err(said)?;
    same!(store.module(&readable, V2).await, Ok(None), "a module that was refused");
    same!(only(&current, &second, false).await, Ok((current.revision, V2)), "to the current one");
    same!(only(&current, &second, true).await, Ok((Revision(current.revision.0 + 1), V2)), "and made active");
    Ok(())
}

pub async fn activation_goes_back_and_forth(store: &impl Store) -> Outcome {
    let ann = user();
    let first = make(store, &ann, "").await?;
    add(store, &ann, &first, &module(&hash(), 1)).await.map_err(said)?;
    let (current, _) = add(store, &ann, &first, &module(&hash(), 1)).await.map_err(said)?;
    let at = async |function: &Function, version| {
        let updatable = Access::update(&ann, function).map_err(|_| StoreError::Unavailable)?;
        store.activate(&updatable, version, None).await
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
