//! The life of content keys: begun, used, collected.

use super::steps::{ACTIVE, QUOTA, add, hash, make, module, reread};
use crate::functions::access::Access;
use crate::functions::conformance::{Outcome, check, said, same, user};
use crate::functions::store::{Store, StoreError};

pub async fn artifacts_are_collected_when_nothing_uses_them(store: &impl Store) -> Outcome {
    let ann = user();
    let function = make(store, &ann, "").await?;
    let (used, orphan, late, later) = (hash(), hash(), hash(), hash());
    let (current, _) = add(store, &ann, &function, &module(&used, 1)).await.map_err(said)?;
    let begin = async |hash| {
        let updatable = Access::update(&ann, &function).map_err(|_| StoreError::Unavailable)?;
        store.begin_artifact(&updatable, hash, 1, QUOTA).await
    };
    begin(&orphan).await.map_err(said)?;
    let taken = store.collect(3600).await.map_err(said)?;
    check!(!taken.contains(&orphan), "what was begun within the hour was taken");
    let taken = store.collect(0).await.map_err(said)?;
    check!(taken.contains(&orphan), "what nothing uses was not taken");
    check!(!taken.contains(&used), "what a module uses was taken");
    same!(begin(&orphan).await, Err(StoreError::Busy), "what is being removed");
    check!(
        !store.collect(3600).await.map_err(said)?.contains(&orphan),
        "what one sweep has taken, another took beside it"
    );
    check!(store.collect(0).await.map_err(said)?.contains(&orphan), "what was not reported as removed is given again");
    store.collected(&orphan).await.map_err(said)?;
    check!(!store.collect(0).await.map_err(said)?.contains(&orphan), "what was removed is forgotten");
    same!(begin(&orphan).await, Ok(()), "afterwards");
    store.collected(&used).await.map_err(said)?;
    same!(begin(&used).await, Ok(()), "what is not being removed isn't forgotten");
    check!(!store.collect(0).await.map_err(said)?.contains(&used), "what a module uses was taken after all");

    // Uploads that end while their bytes are being removed, and afterwards.
    let end = async |hash| {
        let updatable = Access::update(&ann, &current).map_err(|_| StoreError::Unavailable)?;
        store.add_module(&updatable, &module(hash, 1), ACTIVE, QUOTA).await
    };
    for hash in [&late, &later] {
        begin(hash).await.map_err(said)?;
    }
    let taken = store.collect(0).await.map_err(said)?;
    check!(taken.contains(&late) && taken.contains(&later), "what nothing uses was not taken");
    same!(end(&late).await.err(), Some(StoreError::Busy), "a module of what is being removed");
    same!(reread(store, &function).await?, current, "after a module that was refused");
    check!(store.collect(0).await.map_err(said)?.contains(&late), "what is being removed is kept");
    store.collected(&late).await.map_err(said)?;
    store.collected(&later).await.map_err(said)?;
    let current = match end(&later).await {
        Err(StoreError::Busy) => current,
        // The store saw that its bytes are there again: then it knows of them from here on.
        added => added.map_err(said)?.0,
    };
    let (current, _) = add(store, &ann, &current, &module(&late, 1)).await.map_err(said)?;
    let taken = store.collect(0).await.map_err(said)?;
    check!(!taken.contains(&late) && !taken.contains(&later), "what a module uses was taken");
    let readable = Access::read(&ann, &current).map_err(said)?;
    let modules = store.modules(&readable, None, 10).await.map_err(said)?;
    let deletable = Access::delete(&ann, &current).map_err(said)?;
    store.delete(&deletable).await.map_err(said)?;
    let taken = store.collect(0).await.map_err(said)?;
    check!(modules.iter().all(|module| taken.contains(&module.sha256)), "what a deleted function used was not taken");
    Ok(())
}
