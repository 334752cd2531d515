//! Functions: made, found, listed, changed and deleted.

use super::steps::{QUOTA, V1, add, change, hash, make, module, reread};
use crate::bridge::clock;
use crate::functions::access::Access;
use crate::functions::caller::Caller;
use crate::functions::conformance::{Outcome, check, draft, name, said, same, user};
use crate::functions::function::{Function, OwnerType, Visibility};
use crate::functions::id::{FunctionId, FunctionName, FunctionRef};
use crate::functions::revision::Revision;
use crate::functions::store::{Created, Filter, IdempotencyKey, KEYS_PER_CALLER, Quota, Store, StoreError};

pub async fn what_is_created_is_found(store: &impl Store) -> Outcome {
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

pub async fn names_are_unique(store: &impl Store) -> Outcome {
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

pub async fn a_user_has_a_quota_of_functions(store: &impl Store) -> Outcome {
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

pub async fn a_repeated_request_makes_nothing_new(store: &impl Store) -> Outcome {
    let (ann, number) = (user(), clock::uuid());
    let (one, two) = ("1".repeat(64), "2".repeat(64));
    let key = IdempotencyKey { caller: &number, key: "k", request: &one };
    let first = draft(&ann, OwnerType::User, "")?;
    let Created::New(made) = store.create(&first, QUOTA, Some(&key)).await.map_err(said)? else {
        return Err("the first request was taken for a repeated one".into());
    };
    // A client that repeats doesn't know the id that was made: the second try comes with another.
    let again = Function { id: draft(&ann, OwnerType::User, "")?.id, ..first.clone() };
    same!(store.create(&again, QUOTA, Some(&key)).await, Ok(Created::Before(made.clone())), "the same again");
    change(store, &ann, &made, r#"{"memory_pages":1}"#).await.map_err(said)?;
    same!(store.create(&again, QUOTA, Some(&key)).await, Ok(Created::Before(made.clone())), "again after a change");
    let other = IdempotencyKey { request: &two, ..key };
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

pub async fn of_a_callers_keys_the_last_are_kept(store: &impl Store) -> Outcome {
    let (ann, bob) = (user(), user());
    let many = Quota { functions: KEYS_PER_CALLER, ..QUOTA };
    let (anns, bobs, request) = (clock::uuid(), clock::uuid(), "0".repeat(64));
    let of_bob = IdempotencyKey { caller: &bobs, key: "k0", request: &request };
    let bobs_first = draft(&bob, OwnerType::User, "")?;
    store.create(&bobs_first, many, Some(&of_bob)).await.map_err(said)?;
    let mut made = Vec::new();
    for at in 0..=KEYS_PER_CALLER {
        let name = format!("k{at}");
        let key = IdempotencyKey { caller: &anns, key: &name, request: &request };
        match store.create(&draft(&ann, OwnerType::User, "")?, many, Some(&key)).await.map_err(said)? {
            Created::New(function) => made.push(function),
            Created::Before(_) => return Err(format!("the new key {name} was taken for another")),
        }
        if at == 0 {
            // A key outlives what it made; there is room for the others.
            store.delete(&Access::delete(&ann, &made[0]).map_err(said)?).await.map_err(said)?;
        }
    }
    for (at, kept) in [(1, true), (0, false), (1, true), (KEYS_PER_CALLER, true)] {
        let name = format!("k{at}");
        let key = IdempotencyKey { caller: &anns, key: &name, request: &request };
        // Without its key, the request is refused; a refusal keeps no key, so none has to go for it.
        let again = Function { name: made[1].name.clone(), ..draft(&ann, OwnerType::User, "")? };
        let wanted = if kept { Ok(Created::Before(made[at as usize].clone())) } else { Err(StoreError::NameTaken) };
        same!(store.create(&again, many, Some(&key)).await, wanted, "a request with a key of before");
    }
    let other = Function { id: draft(&bob, OwnerType::User, "")?.id, ..bobs_first };
    check!(
        matches!(store.create(&other, many, Some(&of_bob)).await, Ok(Created::Before(_))),
        "another caller's key had to go"
    );
    Ok(())
}

pub async fn lists_show_what_may_be_read(store: &impl Store) -> Outcome {
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

pub async fn lists_are_filtered_and_paged(store: &impl Store) -> Outcome {
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
    let shouted = Filter { owner: filter.owner.as_ref().map(|owner| owner.to_uppercase()), ..Filter::default() };
    same!(count(shouted).await, Ok(0), "another spelling of the user's id");
    let quoted = Filter { owner: Some("' or 1=1 --".into()), ..Filter::default() };
    same!(count(quoted).await, Ok(0), "text stays text");
    Ok(())
}

pub async fn changes_are_revisions(store: &impl Store) -> Outcome {
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

pub async fn deleted_is_gone(store: &impl Store) -> Outcome {
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
