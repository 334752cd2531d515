//! What every store does for the clock: one suite, run against each.

use super::{Claim, Scheduled, Schedules};
use crate::bridge::clock;
use crate::functions::access::Access;
use crate::functions::conformance::{Outcome, check, draft, said, same, suite, user};
use crate::functions::function::{Function, OwnerType};
use crate::functions::hash::ArtifactHash;
use crate::functions::module::{ModuleKind, NewModule};
use crate::functions::store::{Adding, Created, Quota, Store};

const QUOTA: Quota = Quota { functions: 10, bytes: 1000 };
const NOON: &str = "2099-01-01T12:00:00.000Z";
const LATER: &str = "2099-01-01T12:01:00.000Z";

suite! {
    Schedules, Store;
    self::{
        what_has_a_schedule_and_a_module_is_listed,
        a_minute_is_claimed_once,
        what_is_deleted_is_not_called,
    }
}

async fn make(store: &impl Store, settings: &str, module: bool) -> Result<Function, String> {
    let ann = user();
    let made = store.create(&draft(&ann, OwnerType::User, settings)?, QUOTA, None).await.map_err(said)?;
    let (Created::New(function) | Created::Before(function)) = made;
    if !module {
        return Ok(function);
    }
    let digits = format!("{}{}", clock::uuid(), clock::uuid()).replace('-', "");
    let sha256 = ArtifactHash::parse(&digits).map_err(said)?;
    let updatable = Access::update(&ann, &function).map_err(said)?;
    store.begin_artifact(&updatable, &sha256, 1, QUOTA).await.map_err(said)?;
    let module = NewModule { sha256, size: 1, kind: ModuleKind::Core, prepared: None };
    let adding = Adding { activate: true, unchanged: false, key: None };
    Ok(store.add_module(&updatable, &module, adding, QUOTA).await.map_err(said)?.0)
}

async fn listed(store: &impl Schedules, function: &Function) -> Result<Option<Scheduled>, String> {
    Ok(store.scheduled().await.map_err(said)?.into_iter().find(|scheduled| scheduled.id == function.id))
}

async fn claim(store: &impl Schedules, function: &Function, minute: &str) -> Result<Option<Function>, String> {
    store.claim(&Claim { id: function.id.clone(), minute: minute.to_owned() }).await.map_err(said)
}

async fn what_has_a_schedule_and_a_module_is_listed(store: &(impl Schedules + Store)) -> Outcome {
    let function = make(store, r#""cron":"*/5 * * * *""#, true).await?;
    let after = function.updated_at.clone();
    let owner = function.owner.as_ref().map(|owner| owner.as_str().into());
    let wanted = Scheduled { id: function.id.clone(), owner, cron: "*/5 * * * *".into(), after };
    same!(listed(store, &function).await?, Some(wanted), "a function with a schedule and a module");
    let without = make(store, r#""cron":"*/5 * * * *""#, false).await?;
    same!(listed(store, &without).await?, None, "a function without a module");
    let unscheduled = make(store, "", true).await?;
    same!(listed(store, &unscheduled).await?, None, "a function without a schedule");
    Ok(())
}

async fn a_minute_is_claimed_once(store: &(impl Schedules + Store)) -> Outcome {
    let cron = r#""cron":"* * * * *""#;
    let (one, two) = (make(store, cron, true).await?, make(store, cron, true).await?);
    same!(claim(store, &one, NOON).await?, Some(one.clone()), "the first claim");
    same!(claim(store, &one, NOON).await?, None, "a second claim");
    same!(claim(store, &two, NOON).await?, Some(two.clone()), "another's first claim");
    same!(listed(store, &one).await?.map(|scheduled| scheduled.after), Some(NOON.to_owned()), "the claimed minute");
    same!(claim(store, &one, LATER).await?, Some(one.clone()), "a later minute");
    same!(claim(store, &one, NOON).await?, None, "an earlier minute");
    let three = make(store, cron, true).await?;
    let at_once = futures_util::future::join_all((0..5).map(|_| claim(store, &three, NOON))).await;
    let won = at_once.iter().filter(|won| won.as_ref().is_ok_and(Option::is_some)).count();
    check!(won == 1, "of five claims at once {won} won");
    Ok(())
}

async fn what_is_deleted_is_not_called(store: &(impl Schedules + Store)) -> Outcome {
    let function = make(store, r#""cron":"* * * * *""#, true).await?;
    claim(store, &function, NOON).await?;
    let owner = function.owner.clone().map(crate::functions::Caller::User).ok_or("nobody owns it")?;
    let deletable = Access::delete(&owner, &function).map_err(said)?;
    store.delete(&deletable).await.map_err(said)?;
    same!(listed(store, &function).await?, None, "a deleted function");
    same!(claim(store, &function, LATER).await?, None, "a claim to a deleted function");
    Ok(())
}
