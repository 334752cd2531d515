//! What every store does: one suite, run against each.

use std::future::Future;

use super::{Created, Filter, IdempotencyKey, Quota, Store, StoreError};
use crate::bridge::clock;
use crate::functions::access::Access;
use crate::functions::caller::Caller;
use crate::functions::conformance::{Outcome, check, draft, name, said, same, user};
use crate::functions::draft::Draft;
use crate::functions::function::{Function, OwnerType, Visibility};
use crate::functions::hash::ArtifactHash;
use crate::functions::id::{FunctionId, FunctionName, FunctionRef, UserId};
use crate::functions::module::{Export, ModuleKind, NewModule, Prepared};
use crate::functions::revision::{ModuleVersion, Revision};

const QUOTA: Quota = Quota { functions: 10, bytes: 1000 };
const V1: ModuleVersion = ModuleVersion(1);
const V2: ModuleVersion = ModuleVersion(2);

/// The names of the cases.
pub const CASES: [&str; 13] = [
    "what_is_created_is_found",
    "names_are_unique",
    "a_user_has_a_quota_of_functions",
    "a_repeated_request_makes_nothing_new",
    "lists_show_what_may_be_read",
    "lists_are_filtered_and_paged",
    "changes_are_revisions",
    "deleted_is_gone",
    "versions_count_up_and_the_same_bytes_are_one_module",
    "a_user_has_a_quota_of_bytes",
    "activation_goes_back_and_forth",
    "artifacts_are_collected_when_nothing_uses_them",
    "concurrent_calls_happen_one_after_the_other",
];

/// Runs a case against a store, which may hold other things.
pub async fn run(case: &str, store: &impl Store) -> Outcome {
    match case {
        "what_is_created_is_found" => what_is_created_is_found(store).await,
        "names_are_unique" => names_are_unique(store).await,
        "a_user_has_a_quota_of_functions" => a_user_has_a_quota_of_functions(store).await,
        "a_repeated_request_makes_nothing_new" => a_repeated_request_makes_nothing_new(store).await,
        "lists_show_what_may_be_read" => lists_show_what_may_be_read(store).await,
        "lists_are_filtered_and_paged" => lists_are_filtered_and_paged(store).await,
        "changes_are_revisions" => changes_are_revisions(store).await,
        "deleted_is_gone" => deleted_is_gone(store).await,
        "versions_count_up_and_the_same_bytes_are_one_module" => versions_count_up(store).await,
        "a_user_has_a_quota_of_bytes" => a_user_has_a_quota_of_bytes(store).await,
        "activation_goes_back_and_forth" => activation_goes_back_and_forth(store).await,
        "artifacts_are_collected_when_nothing_uses_them" => artifacts_are_collected(store).await,
        "concurrent_calls_happen_one_after_the_other" => concurrent_calls(store).await,
        _ => Err(format!("there is no case {case}")),
    }
}

async fn make(store: &impl Store, caller: &Caller, settings: &str) -> Result<Function, String> {
    let function = draft(caller, OwnerType::User, settings)?;
    match store.create(&function, QUOTA, None).await.map_err(said)? {
        Created::New(made) => Ok(made),
        Created::Before(_) => Err("a creation without a key was taken for a repeated one".into()),
    }
}

async fn reread(store: &impl Store, function: &Function) -> Result<Function, String> {
    let found = store.find(&FunctionRef::Id(function.id.clone())).await.map_err(said)?;
    found.ok_or_else(|| format!("{} is not there", function.name))
}

async fn change(store: &impl Store, by: &Caller, from: &Function, settings: &str) -> Result<Function, StoreError> {
    let refused = |_| StoreError::Unavailable;
    let updatable = Access::update(by, from).map_err(refused)?;
    let draft: Draft = serde_json::from_str(settings).map_err(|_| StoreError::Unavailable)?;
    let changed = draft.change(&updatable).map_err(|_| StoreError::Unavailable)?;
    store.update(&updatable, &changed).await
}

fn hash() -> ArtifactHash {
    let digits = format!("{}{}", clock::uuid(), clock::uuid()).replace('-', "");
    ArtifactHash::parse(&digits).unwrap_or_else(|_| unreachable!("two UUIDs have 64 digits"))
}

fn module(sha256: &ArtifactHash, size: u64) -> NewModule {
    NewModule { sha256: sha256.clone(), size, kind: ModuleKind::Core, prepared: None }
}

async fn add(
    store: &impl Store,
    by: &Caller,
    to: &Function,
    new: &NewModule,
) -> Result<(Function, ModuleVersion), StoreError> {
    let updatable = Access::update(by, to).map_err(|_| StoreError::Unavailable)?;
    store.begin_artifact(&new.sha256).await?;
    let (function, module) = store.add_module(&updatable, new, true, QUOTA).await?;
    Ok((function, module.version))
}

async fn what_is_created_is_found(store: &impl Store) -> Outcome {
    let caller = user();
    let settings = r#""entrypoint":"größe \"x\"","memory_pages":7,"max_execution_ms":8,"max_fuel":90000000001,"visibility":"public",
        "trigger":"signed_in","cron":"*/5 * * * *","permissions":{"http_enabled":true,"allowed_http_hosts":["*.a.example","b.example"],
        "max_http_requests":3,"logging_enabled":true}"#;
    let wanted = draft(&caller, OwnerType::User, settings)?;
    let Created::New(made) = store.create(&wanted, QUOTA, None).await.map_err(said)? else {
        return Err("a creation without a key was taken for a repeated one".into());
    };
    check!(made.created_at.len() == 24 && made.created_at.ends_with('Z'), "made at {:?}", made.created_at);
    same!(made.updated_at, made.created_at, "a new function's times");
    let blank = Function { created_at: String::new(), updated_at: String::new(), ..made.clone() };
    same!(blank, wanted, "what is stored is what was given");
    same!(reread(store, &made).await?, made, "found by id");
    let by_name = store.find(&FunctionRef::Name(made.name.clone())).await.map_err(said)?;
    same!(by_name, Some(made), "found by name");
    let nobody = FunctionId::parse(&clock::uuid()).map_err(said)?;
    same!(store.find(&FunctionRef::Id(nobody)).await.map_err(said)?, None, "another id");
    let nothing = FunctionName::parse(&name()).map_err(said)?;
    same!(store.find(&FunctionRef::Name(nothing)).await.map_err(said)?, None, "another name");
    Ok(())
}

async fn names_are_unique(store: &impl Store) -> Outcome {
    let (ann, bob) = (user(), user());
    let first = make(store, &ann, "").await?;
    let second = Function { name: first.name.clone(), ..draft(&bob, OwnerType::User, "")? };
    same!(store.create(&second, QUOTA, None).await, Err(StoreError::NameTaken), "a second function of the name");
    let other = make(store, &bob, "").await?;
    let renamed = change(store, &bob, &other, &format!("{{\"name\":\"{}\"}}", first.name)).await;
    same!(renamed, Err(StoreError::NameTaken), "a rename to a taken name");
    same!(reread(store, &other).await?, other, "after a refused rename");
    let free = name();
    let renamed = change(store, &bob, &other, &format!("{{\"name\":\"{free}\"}}")).await.map_err(said)?;
    same!(renamed.name.as_str(), free, "a rename to a free name");
    Ok(())
}

async fn a_user_has_a_quota_of_functions(store: &impl Store) -> Outcome {
    let (ann, bob) = (user(), user());
    let two = Quota { functions: 2, ..QUOTA };
    for _ in 0..2 {
        store.create(&draft(&ann, OwnerType::User, "")?, two, None).await.map_err(said)?;
    }
    let third = store.create(&draft(&ann, OwnerType::User, "")?, two, None).await;
    same!(third, Err(StoreError::Functions(2)), "the third of two");
    check!(store.create(&draft(&bob, OwnerType::User, "")?, two, None).await.is_ok(), "another user's first");
    let admin = Caller::Admin(ann.user().cloned());
    let system = store.create(&draft(&admin, OwnerType::System, "")?, two, None).await;
    check!(system.is_ok(), "the system's functions are nobody's quota");
    Ok(())
}

async fn a_repeated_request_makes_nothing_new(store: &impl Store) -> Outcome {
    let (ann, number) = (user(), clock::uuid());
    let key = IdempotencyKey { caller: &number, key: "k", request: "{1}" };
    let first = draft(&ann, OwnerType::User, "")?;
    let Created::New(made) = store.create(&first, QUOTA, Some(&key)).await.map_err(said)? else {
        return Err("the first request was taken for a repeated one".into());
    };
    // A client that repeats doesn't know the id that was made: the second try comes with another.
    let again = Function { id: draft(&ann, OwnerType::User, "")?.id, ..first.clone() };
    same!(store.create(&again, QUOTA, Some(&key)).await, Ok(Created::Before(made.clone())), "the same again");
    change(store, &ann, &made, r#"{"memory_pages":1}"#).await.map_err(said)?;
    same!(store.create(&again, QUOTA, Some(&key)).await, Ok(Created::Before(made.clone())), "again after a change");
    let other = IdempotencyKey { request: "{2}", ..key };
    same!(store.create(&again, QUOTA, Some(&other)).await, Err(StoreError::KeyReused), "another request");
    let fresh = draft(&ann, OwnerType::User, "")?;
    let stranger = IdempotencyKey { caller: "somebody else", ..key };
    check!(
        !matches!(store.create(&fresh, QUOTA, Some(&stranger)).await, Ok(Created::Before(function)) if function.id == made.id),
        "another caller's key gave this caller's function"
    );
    store.forget_keys(0).await.map_err(said)?;
    same!(store.create(&again, QUOTA, Some(&key)).await, Err(StoreError::NameTaken), "after the key was forgotten");
    let refused = Function { name: made.name.clone(), ..draft(&ann, OwnerType::User, "")? };
    let spent = IdempotencyKey { key: "refused", ..key };
    same!(store.create(&refused, QUOTA, Some(&spent)).await, Err(StoreError::NameTaken), "a refusal");
    let right = draft(&ann, OwnerType::User, "")?;
    check!(matches!(store.create(&right, QUOTA, Some(&spent)).await, Ok(Created::New(_))), "a refusal kept its key");
    Ok(())
}

async fn lists_show_what_may_be_read(store: &impl Store) -> Outcome {
    let (owner, other, mark) = (user(), user(), clock::uuid()[..8].to_owned());
    let admin = Caller::Admin(user().user().cloned());
    let mut all = Vec::new();
    for owner_type in OwnerType::ALL {
        for visibility in ["private", "public"] {
            let by = if owner_type == OwnerType::User { &owner } else { &admin };
            let mut function = draft(by, owner_type, &format!("\"visibility\":\"{visibility}\""))?;
            function.name =
                FunctionName::parse(&format!("l-{mark}-{}-{visibility}", owner_type.as_str())).map_err(said)?;
            store.create(&function, QUOTA, None).await.map_err(said)?;
            all.push(function);
        }
    }
    for caller in [Caller::Anonymous, other, owner, admin, Caller::Admin(None)] {
        let filter = Filter { search: Some(mark.clone()), limit: 100, ..Filter::default() };
        let listed = store.list(&Access::list(&caller), &filter).await.map_err(said)?;
        for function in &all {
            let shown = listed.iter().any(|shown| shown.id == function.id);
            let may = Access::read(&caller, function).is_ok();
            check!(shown == may, "{} by {caller:?}: may {may}, shown {shown}", function.name);
        }
    }
    Ok(())
}

async fn lists_are_filtered_and_paged(store: &impl Store) -> Outcome {
    let (ann, mark) = (user(), clock::uuid()[..8].to_owned());
    let mut names = Vec::new();
    for at in 0..7 {
        let mut function = draft(&ann, OwnerType::User, "")?;
        function.name = FunctionName::parse(&format!("p-{mark}-{at}")).map_err(said)?;
        store.create(&function, QUOTA, None).await.map_err(said)?;
        names.push(function.name);
    }
    let scope = Access::list(&ann);
    let mut filter = Filter { owner: ann.user().map(|user| user.as_str().to_owned()), limit: 3, ..Filter::default() };
    let mut seen = Vec::new();
    for _ in 0..4 {
        let page = store.list(&scope, &filter).await.map_err(said)?;
        seen.extend(page.into_iter().map(|function| function.name));
        filter.after = seen.last().cloned();
    }
    same!(seen, names, "pages of three");
    let count =
        async |filter: Filter| store.list(&scope, &Filter { limit: 100, ..filter }).await.map(|found| found.len());
    let searched = Filter { search: Some(format!("{mark}-4")), ..Filter::default() };
    same!(count(searched).await, Ok(1), "a search");
    let percent = Filter { search: Some("%".into()), ..Filter::default() };
    same!(count(percent).await, Ok(0), "a search is for text, not for a pattern");
    let mine = Filter { owner: filter.owner.clone(), ..Filter::default() };
    same!(count(Filter { owner_type: Some(OwnerType::User), ..mine.clone() }).await, Ok(7), "the user's");
    same!(count(Filter { owner_type: Some(OwnerType::System), ..mine }).await, Ok(0), "the system's");
    let quoted = Filter { owner: Some("' or 1=1 --".into()), ..Filter::default() };
    same!(count(quoted).await, Ok(0), "text stays text");
    Ok(())
}

async fn changes_are_revisions(store: &impl Store) -> Outcome {
    let ann = user();
    let first = make(store, &ann, "").await?;
    let settings = r#"{"visibility":"public","trigger":"anonymous","memory_pages":9,"max_fuel":5,"max_execution_ms":6,"entrypoint":"go",
        "cron":"0 0 * * *","permissions":{"logging_enabled":true}}"#;
    let second = change(store, &ann, &first, settings).await.map_err(said)?;
    same!(second.revision, Revision(2), "the second revision");
    same!((second.visibility, second.memory_pages, second.max_fuel), (Visibility::Public, 9, 5), "the change");
    same!((second.created_at.clone(), second.id.clone()), (first.created_at.clone(), first.id.clone()), "what stays");
    same!(reread(store, &first).await?, second, "what is stored");
    let stale = change(store, &ann, &first, r#"{"memory_pages":3}"#).await;
    same!(stale, Err(StoreError::Stale), "a change of what was changed meanwhile");
    same!(reread(store, &first).await?, second, "after a refused change");
    let gone = draft(&ann, OwnerType::User, "")?;
    same!(change(store, &ann, &gone, r#"{"memory_pages":3}"#).await, Err(StoreError::Gone), "a change of nothing");
    Ok(())
}

async fn deleted_is_gone(store: &impl Store) -> Outcome {
    let ann = user();
    let first = make(store, &ann, "").await?;
    add(store, &ann, &first, &module(&hash(), 1)).await.map_err(said)?;
    let stale = Access::delete(&ann, &first).map_err(said)?;
    same!(store.delete(&stale).await, Err(StoreError::Stale), "the deletion of what was changed meanwhile");
    let current = reread(store, &first).await?;
    let deletable = Access::delete(&ann, &current).map_err(said)?;
    same!(store.delete(&deletable).await, Ok(()), "the deletion");
    same!(store.find(&FunctionRef::Id(first.id.clone())).await, Ok(None), "afterwards");
    let readable = Access::read(&ann, &current).map_err(said)?;
    same!(store.module(&readable, V1).await, Ok(None), "its module");
    same!(store.delete(&deletable).await, Err(StoreError::Gone), "once more");
    let added = add(store, &ann, &current, &module(&hash(), 1)).await;
    same!(added.err(), Some(StoreError::Gone), "an upload that ends after the deletion");
    let heir = Function { name: first.name.clone(), ..draft(&ann, OwnerType::User, "")? };
    check!(store.create(&heir, QUOTA, None).await.is_ok(), "its name is free again");
    Ok(())
}

async fn versions_count_up(store: &impl Store) -> Outcome {
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

async fn a_user_has_a_quota_of_bytes(store: &impl Store) -> Outcome {
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

async fn activation_goes_back_and_forth(store: &impl Store) -> Outcome {
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

async fn artifacts_are_collected(store: &impl Store) -> Outcome {
    let ann = user();
    let function = make(store, &ann, "").await?;
    let (used, orphan, late) = (hash(), hash(), hash());
    let (current, _) = add(store, &ann, &function, &module(&used, 1)).await.map_err(said)?;
    store.begin_artifact(&orphan).await.map_err(said)?;
    let taken = store.collect(3600).await.map_err(said)?;
    check!(!taken.contains(&orphan), "what was begun within the hour was taken");
    let taken = store.collect(0).await.map_err(said)?;
    check!(taken.contains(&orphan), "what nothing uses was not taken");
    check!(!taken.contains(&used), "what a module uses was taken");
    same!(store.begin_artifact(&orphan).await, Err(StoreError::Busy), "what is being removed");
    check!(store.collect(0).await.map_err(said)?.contains(&orphan), "what was not reported as removed is given again");
    store.collected(&orphan).await.map_err(said)?;
    check!(!store.collect(0).await.map_err(said)?.contains(&orphan), "what was removed is forgotten");
    same!(store.begin_artifact(&orphan).await, Ok(()), "afterwards");
    store.collected(&used).await.map_err(said)?;
    same!(store.begin_artifact(&used).await, Ok(()), "what is not being removed isn't forgotten");
    check!(!store.collect(0).await.map_err(said)?.contains(&used), "what a module uses was taken after all");

    // An upload that ends after its bytes were taken: what it adds keeps them from being taken again, and is seen to be damaged until then.
    store.begin_artifact(&late).await.map_err(said)?;
    let deletable = Access::delete(&ann, &current).map_err(said)?;
    store.delete(&deletable).await.map_err(said)?;
    check!(store.collect(0).await.map_err(said)?.contains(&used), "what a deleted function used was not taken");
    Ok(())
}

async fn concurrent_calls(store: &impl Store) -> Outcome {
    let ann = user();
    let two = Quota { functions: 2, ..QUOTA };
    let drafts: Vec<Function> = (0..6).map(|_| draft(&ann, OwnerType::User, "")).collect::<Result<_, _>>()?;
    let made = all(drafts.iter().map(|function| store.create(function, two, None))).await;
    let new = made.iter().filter(|made| made.is_ok()).count();
    same!(new, 2, "of six at once, with a quota of two");

    let (bob, number) = (user(), clock::uuid());
    let key = IdempotencyKey { caller: &number, key: "k", request: "{}" };
    let drafts: Vec<Function> = (0..6).map(|_| draft(&bob, OwnerType::User, "")).collect::<Result<_, _>>()?;
    let made = all(drafts.iter().map(|function| store.create(function, QUOTA, Some(&key)))).await;
    let new = made.iter().filter(|made| matches!(made, Ok(Created::New(_)))).count();
    let before = made.iter().filter(|made| matches!(made, Ok(Created::Before(_)))).count();
    same!((new, before), (1, 5), "six at once with one key");

    let function = make(store, &user_of(&bob), "").await?;
    let hashes: Vec<ArtifactHash> = (0..6).map(|_| hash()).collect();
    let modules: Vec<NewModule> = hashes.iter().map(|hash| module(hash, 1)).collect();
    let added = all(modules.iter().map(|new| add(store, &bob, &function, new))).await;
    let mut versions: Vec<u32> =
        added.into_iter().map(|added| added.map(|(_, version)| version.0)).collect::<Result<_, _>>().map_err(said)?;
    versions.sort_unstable();
    same!(versions, vec![1, 2, 3, 4, 5, 6], "six uploads at once");

    let current = reread(store, &function).await?;
    let changes: Vec<String> = (1..7).map(|pages| format!("{{\"memory_pages\":{pages}}}")).collect();
    let changed = all(changes.iter().map(|settings| change(store, &bob, &current, settings))).await;
    same!(changed.iter().filter(|changed| changed.is_ok()).count(), 1, "six changes of one revision at once");
    same!(changed.iter().filter(|changed| **changed == Err(StoreError::Stale)).count(), 5, "those that came too late");
    Ok(())
}

fn user_of(caller: &Caller) -> Caller {
    Caller::User(caller.user().cloned().unwrap_or_else(|| UserId::new("")))
}

async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    futures_util::future::join_all(futures).await
}
