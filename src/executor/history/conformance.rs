//! What every store of executions does: one suite, run against each.

use serde_json::Value;

use super::execution::{Beginning, Ending, Execution, ExecutionId, Outcome as Ended, Source};
use super::filter::{ExecutionFilter, ExecutionScope, Place};
use super::row;
use super::store::Executions;
use crate::bridge::clock;
use crate::functions::caller::Caller;
use crate::functions::conformance::{Outcome, check, draft, said, same, suite, user};
use crate::functions::function::{Function, OwnerType};
use crate::functions::moment::Moment;
use crate::functions::store::{Created, Quota, Store};
use crate::functions::{FunctionRef, ModuleVersion};

suite! {
    Executions, Store;
    self::{
        what_is_added_is_listed,
        the_same_again_changes_nothing,
        what_is_refused_is_left_out,
        lists_show_callers_and_those_who_may_change,
        what_is_logged_over_http_is_for_those_who_may_change,
        lists_are_filtered,
        lists_are_paged_from_the_latest,
        what_is_old_is_forgotten,
        bytes_come_and_go_with_their_rows,
        who_has_the_most_loses_the_earliest,
    }
}

async fn make(store: &impl Store, owner: &Caller, owner_type: OwnerType) -> Result<Function, String> {
    let quota = Quota { functions: 10, bytes: 0 };
    match store.create(&draft(owner, owner_type, "")?, quota, None).await.map_err(said)? {
        Created::New(function) | Created::Before(function) => Ok(function),
    }
}

fn beginning(of: &Function, by: &Caller) -> Beginning {
    Beginning {
        id: ExecutionId::new(clock::now_ms()),
        function_id: of.id.clone(),
        function_name: of.name.clone(),
        version: Some(ModuleVersion(3)),
        revision: of.revision,
        caller: by.user().cloned(),
        source: Source::Executor,
        started_ms: clock::now_ms(),
    }
}

fn ending() -> Ending {
    let json = |text: &str| serde_json::value::RawValue::from_string(text.to_owned());
    Ending {
        outcome: Ended::Ok,
        duration_ms: 1.25,
        fuel: 99_000_000_001,
        memory_bytes: 65_536,
        cache_hit: true,
        warm: false,
        http_status: Some(200),
        logs: json(r#"[{"level":"info","message":"größe \"x\"\n"}]"#).unwrap_or_default(),
        result_bytes: Some(57),
        result: json(r#"{"sum":18446744073709551615,"größe":[0.1,null]}"#).ok(),
    }
}

fn execution(of: &Function, by: &Caller) -> Execution {
    Execution { beginning: beginning(of, by), ending: ending() }
}

/// One that began at `started_ms`.
fn begun_at(started_ms: f64, of: &Function, by: &Caller) -> Execution {
    Execution { beginning: Beginning { started_ms, ..beginning(of, by) }, ending: ending() }
}

/// As the host puts a row together (js/worker/waiting.js).
fn row(of: &Execution) -> Result<String, String> {
    let (beginning, ending) = (row::beginning(&of.beginning).map_err(said)?, row::ending(&of.ending).map_err(said)?);
    let result = of.ending.result.iter().map(|result| format!(",{}", result.get()));
    let parts = [&beginning[..beginning.len() - 1], &ending[1..ending.len() - 1]].join(",");
    Ok(format!("{parts}{}]", result.collect::<String>()))
}

async fn add(store: &impl Executions, executions: &[Execution]) -> Result<(), String> {
    let rows = executions.iter().map(row).collect::<Result<Vec<String>, String>>()?;
    store.add(&format!("[{}]", rows.join(","))).await.map_err(said)
}

async fn list(store: &impl Executions, by: &Caller, filter: ExecutionFilter) -> Result<Vec<Value>, String> {
    let scope = ExecutionScope::of(by).ok_or("nobody has a list")?;
    let limit = if filter.limit == 0 { 100 } else { filter.limit };
    let rows = store.list(&scope, &ExecutionFilter { limit, ..filter }).await.map_err(said)?;
    rows.iter().map(|row| serde_json::from_str(row.get()).map_err(said)).collect()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn what_is_added_is_listed(store: &(impl Executions + Store)) -> Outcome {
    let ann = user();
    let function = make(store, &ann, OwnerType::User).await?;
    let success = execution(&function, &ann);
    let begun = success.beginning.started_ms;
    let failure = Execution {
        beginning: Beginning {
            version: None,
            caller: None,
            source: Source::Cron,
            started_ms: begun + 1.0,
            ..beginning(&function, &ann)
        },
        ending: Ending { warm: true, ..Ending::failed("fuel_exhausted", 2.5, None) },
    };
    let large = Execution {
        ending: Ending { result_bytes: Some(4097), result: None, ..ending() },
        ..begun_at(begun + 2.0, &function, &ann)
    };
    add(store, &[success.clone(), failure.clone(), large.clone()]).await?;
    let rows = list(store, &ann, ExecutionFilter::default()).await?;
    let mut wanted = Vec::new();
    for execution in [&large, &failure, &success] {
        let mut row = serde_json::to_value(execution).map_err(said)?;
        for name in ["code", "result"] {
            if row.get(name).is_none() {
                row[name] = Value::Null;
            }
        }
        wanted.push(row);
    }
    same!(rows, wanted, "the rows");
    Ok(())
}

async fn the_same_again_changes_nothing(store: &(impl Executions + Store)) -> Outcome {
    let ann = user();
    let function = make(store, &ann, OwnerType::User).await?;
    let first = execution(&function, &ann);
    add(store, std::slice::from_ref(&first)).await?;
    let other = Execution { ending: Ending { fuel: 1, ..ending() }, ..first.clone() };
    add(store, &[other, execution(&function, &ann)]).await?;
    let rows = list(store, &ann, ExecutionFilter::default()).await?;
    same!(rows.len(), 2, "the number of rows");
    let kept = rows.iter().find(|row| row["id"] == first.beginning.id.as_str()).map(|row| row["fuel"].clone());
    same!(kept, Some(Value::from(first.ending.fuel)), "the first stays");
    Ok(())
}

async fn what_is_refused_is_left_out(store: &(impl Executions + Store)) -> Outcome {
    let ann = user();
    let function = make(store, &ann, OwnerType::User).await?;
    let good = execution(&function, &ann);
    // Written as null, which no table takes.
    let endless = Ending { duration_ms: f64::NAN, ..ending() };
    let endless = Execution { beginning: beginning(&function, &ann), ending: endless };
    add(store, &[endless, good.clone()]).await?;
    same!(
        ids(&list(store, &ann, ExecutionFilter::default()).await?),
        vec![good.beginning.id.as_str().to_owned()],
        "what is kept"
    );
    Ok(())
}

async fn lists_show_callers_and_those_who_may_change(store: &(impl Executions + Store)) -> Outcome {
    let (ann, bob, eve, root) = (user(), user(), user(), user());
    let admin = Caller::Admin(root.user().cloned());
    let anns = make(store, &ann, OwnerType::User).await?;
    let system = make(store, &admin, OwnerType::System).await?;
    let all = [execution(&anns, &bob), execution(&system, &bob), execution(&system, &Caller::Anonymous)];
    add(store, &all).await?;
    let (by_bob, of_system, by_nobody) =
        (all[0].beginning.id.as_str(), all[1].beginning.id.as_str(), all[2].beginning.id.as_str());
    for (caller, seen) in [
        (&ann, vec![by_bob]),
        (&bob, vec![by_bob, of_system]),
        (&eve, vec![]),
        (&admin, vec![of_system, by_nobody]),
        (&Caller::Admin(None), vec![of_system, by_nobody]),
    ] {
        for (function, theirs) in [(&anns, &all[..1]), (&system, &all[1..])] {
            for which in
                [Some(FunctionRef::Id(function.id.clone())), Some(FunctionRef::Name(function.name.clone())), None]
            {
                let filter = ExecutionFilter { function: which.clone(), ..Default::default() };
                let rows = ids(&list(store, caller, filter).await?);
                for execution in theirs {
                    let id = execution.beginning.id.as_str();
                    let (shown, may) = (rows.iter().filter(|row| *row == id).count(), usize::from(seen.contains(&id)));
                    let of = &execution.beginning.function_name;
                    check!(shown == may, "{of} to {caller:?}, of {which:?}: expected {may} times, shown {shown} times");
                }
            }
        }
    }
    let deletable = crate::functions::Access::delete(&ann, &anns).map_err(said)?;
    store.delete(&deletable).await.map_err(said)?;
    same!(
        list(store, &ann, ExecutionFilter::default()).await?.len(),
        0,
        "what is left to the owner of a deleted function"
    );
    same!(list(store, &bob, ExecutionFilter::default()).await?.len(), 2, "what is left to the caller");
    Ok(())
}

async fn what_is_logged_over_http_is_for_those_who_may_change(store: &(impl Executions + Store)) -> Outcome {
    let (ann, bob, root) = (user(), user(), user());
    let admin = Caller::Admin(root.user().cloned());
    let anns = make(store, &ann, OwnerType::User).await?;
    let system = make(store, &admin, OwnerType::System).await?;
    let over = |source, of, by| Execution {
        beginning: Beginning { source, ..beginning(of, by) },
        ending: Ending { result: None, ..ending() },
    };
    for source in [Source::Http, Source::Executor] {
        let each = [&anns, &system].map(|of| [&bob, &ann, &admin].map(|by| over(source, of, by)));
        add(store, each.as_flattened()).await?;
        for (calls, function, owner) in [(&each[0], &anns, &ann), (&each[1], &system, &admin)] {
            for (call, by) in calls.iter().zip([&bob, &ann, &admin]) {
                let kept: Value = serde_json::from_str(call.ending.logs.get()).map_err(said)?;
                for caller in [by, owner] {
                    let told = caller == owner || source == Source::Executor;
                    for which in [
                        Some(FunctionRef::Id(function.id.clone())),
                        Some(FunctionRef::Name(function.name.clone())),
                        None,
                    ] {
                        let filter = ExecutionFilter { function: which.clone(), ..Default::default() };
                        let rows = list(store, caller, filter).await?;
                        let row = rows
                            .iter()
                            .find(|row| row["id"] == call.beginning.id.as_str())
                            .ok_or("an execution is missing")?;
                        let wanted = if told { &kept } else { &Value::Null };
                        check!(
                            row.get("logs") == Some(wanted),
                            "{} over {source:?} to {caller:?}, of {which:?}: expected {wanted}, got {row}",
                            call.beginning.function_name
                        );
                    }
                }
            }
        }
    }
    // Those of a function that is gone are its callers' alone: strangers learn no more of it than before.
    let deletable = crate::functions::Access::delete(&ann, &anns).map_err(said)?;
    store.delete(&deletable).await.map_err(said)?;
    let filter = || ExecutionFilter { function: Some(FunctionRef::Id(anns.id.clone())), ..Default::default() };
    for (caller, known) in [(&bob, false), (&admin, false), (&ann, true)] {
        let rows = list(store, caller, filter()).await?;
        let over_http: Vec<&Value> = rows.iter().filter(|row| row["source"] == "http").collect();
        same!(over_http.len(), 1, "their own call over HTTP");
        same!(!over_http[0]["logs"].is_null(), known, "whether its log is shown");
    }
    Ok(())
}

async fn lists_are_filtered(store: &(impl Executions + Store)) -> Outcome {
    let (ann, bob) = (user(), user());
    let (one, two) = (make(store, &ann, OwnerType::User).await?, make(store, &ann, OwnerType::User).await?);
    let now = clock::now_ms();
    let hour = 3_600_000.0;
    let failed = |code, hours: f64, call: Execution| Execution {
        beginning: Beginning { started_ms: now - hours * hour, ..call.beginning },
        ending: Ending::failed(code, 1.25, Some(422)),
    };
    let all = [
        begun_at(now, &one, &ann),
        failed("trap", 1.0, execution(&one, &bob)),
        failed("guest_error", 2.0, execution(&two, &ann)),
    ];
    add(store, &all).await?;
    let at = |ms| Some(Moment::of_ms(ms));
    let named = |text| Moment::at_or_after(text);
    let blank = ExecutionFilter::default;
    let filters = [
        (ExecutionFilter { function: Some(FunctionRef::Id(one.id.clone())), ..blank() }, vec![0, 1]),
        (ExecutionFilter { function: Some(FunctionRef::Name(two.name.clone())), ..blank() }, vec![2]),
        (ExecutionFilter { status: Some("ok"), ..blank() }, vec![0]),
        (ExecutionFilter { status: Some("failed"), ..blank() }, vec![1, 2]),
        (ExecutionFilter { code: Some("trap".into()), ..blank() }, vec![1]),
        (ExecutionFilter { code: Some("' or 1=1 --".into()), ..blank() }, vec![]),
        (ExecutionFilter { caller: bob.user().map(|user| user.as_str().to_owned()), ..blank() }, vec![1]),
        (ExecutionFilter { caller: bob.user().map(|user| user.as_str().to_uppercase()), ..blank() }, vec![]),
        (ExecutionFilter { since: at(now - hour), ..blank() }, vec![0, 1]),
        (ExecutionFilter { until: at(now - hour), ..blank() }, vec![2]),
        (ExecutionFilter { since: at(now - 2.0 * hour), until: at(now), ..blank() }, vec![1, 2]),
        (ExecutionFilter { since: named("9999-12-31T23:59:59-15:59"), ..blank() }, vec![]),
        (ExecutionFilter { until: named("9999-12-31T23:59:59-15:59"), ..blank() }, vec![0, 1, 2]),
        (ExecutionFilter { since: named("0001-01-01T00:00:00+15:59"), ..blank() }, vec![0, 1, 2]),
        (ExecutionFilter { until: named("0001-01-01T00:00:00+15:59"), ..blank() }, vec![]),
    ];
    for (filter, wanted) in filters {
        let said = format!("{filter:?}");
        let wanted: Vec<&str> = wanted.into_iter().map(|at: usize| all[at].beginning.id.as_str()).collect();
        let rows = ids(&list(store, &ann, filter).await?);
        check!(rows == wanted, "{said}: expected {wanted:?}, got {rows:?}");
    }
    Ok(())
}

async fn lists_are_paged_from_the_latest(store: &(impl Executions + Store)) -> Outcome {
    let ann = user();
    let function = make(store, &ann, OwnerType::User).await?;
    let now = clock::now_ms();
    // Three at each of three moments: a page may end between those of one.
    let all: Vec<Execution> = (0..9).map(|at| begun_at(now - f64::from(at / 3), &function, &ann)).collect();
    add(store, &all).await?;
    let (mut seen, mut after): (Vec<Value>, Option<Place>) = (Vec::new(), None);
    for _ in 0..5 {
        let page = list(store, &ann, ExecutionFilter { after, limit: 2, ..Default::default() }).await?;
        seen.extend(page);
        after = seen.last().and_then(|last| serde_json::from_value(last.clone()).ok());
    }
    let mut each = ids(&seen);
    each.sort_unstable();
    each.dedup();
    same!((seen.len(), each.len()), (9, 9), "pages of two");
    let times: Vec<&str> = seen.iter().filter_map(|row| row["started_at"].as_str()).collect();
    check!(times.is_sorted_by(|one, other| one >= other), "from the latest to the earliest: {times:?}");
    Ok(())
}

async fn what_is_old_is_forgotten(store: &(impl Executions + Store)) -> Outcome {
    let ann = user();
    let function = make(store, &ann, OwnerType::User).await?;
    let now = clock::now_ms();
    let day = 86_400_000.0;
    let young = begun_at(now - 29.9 * day, &function, &ann);
    let old = begun_at(now - 30.1 * day, &function, &ann);
    add(store, &[young.clone(), old]).await?;
    let forgotten = store.forget(30).await.map_err(said)?;
    check!(forgotten >= 1, "{forgotten} are forgotten");
    let left = ids(&list(store, &ann, ExecutionFilter::default()).await?);
    same!(left, vec![young.beginning.id.as_str().to_owned()], "what is left");
    Ok(())
}

async fn bytes_come_and_go_with_their_rows(store: &(impl Executions + Store)) -> Outcome {
    let ann = user();
    let function = make(store, &ann, OwnerType::User).await?;
    let of = Some(&function.id);
    same!(store.bytes(of).await.map_err(said)?, 0, "before any");
    let old = clock::now_ms() - 31.0 * 86_400_000.0;
    let first = begun_at(old, &function, &ann);
    add(store, &[first.clone(), first.clone()]).await?;
    let one = store.bytes(of).await.map_err(said)?;
    check!(one > 500, "one has {one} bytes");
    let refused =
        Execution { beginning: beginning(&function, &ann), ending: Ending { duration_ms: f64::NAN, ..ending() } };
    add(store, &[first, begun_at(old + 1.0, &function, &ann), refused]).await?;
    same!(store.bytes(of).await.map_err(said)?, 2 * one, "the first again, another and one that is refused");
    let long = serde_json::value::RawValue::from_string(format!("[\"{}\"]", "x".repeat(10_000))).map_err(said)?;
    let longer = ending().logs.get().len() as u64;
    let long = Execution { ending: Ending { logs: long, ..ending() }, ..begun_at(old + 2.0, &function, &ann) };
    add(store, &[long]).await?;
    let grown = store.bytes(of).await.map_err(said)? - 3 * one;
    check!(grown.abs_diff(10_004 - longer) < 100, "10,004 bytes of log and not {longer} are {grown} more");
    while store.forget(30).await.map_err(said)? > 0 {}
    same!(store.bytes(of).await.map_err(said)?, 0, "after all are forgotten");
    Ok(())
}

async fn who_has_the_most_loses_the_earliest(store: &(impl Executions + Store)) -> Outcome {
    let (ann, bob) = (user(), user());
    let (large, small) = (make(store, &ann, OwnerType::User).await?, make(store, &bob, OwnerType::User).await?);
    // Whatever else is there has less.
    while store.shrink(0).await.map_err(said)? {}
    same!(store.bytes(None).await.map_err(said)?, 0, "of an empty history");
    let now = clock::now_ms();
    let many: Vec<_> = (0..10).map(|at| begun_at(now + f64::from(at), &large, &ann)).collect();
    // Earlier than what is to go.
    let few: Vec<_> = (0..3).map(|at| begun_at(now - 1000.0 + f64::from(at), &small, &bob)).collect();
    add(store, &[&many[..], &few].concat()).await?;
    let all = store.bytes(None).await.map_err(said)?;
    let each = store.bytes(Some(&large.id)).await.map_err(said)? / 10;
    same!(store.bytes(Some(&small.id)).await.map_err(said)?, 3 * each, "three of thirteen");
    check!(!store.shrink(all).await.map_err(said)?, "as much as may be loses nothing");
    check!(store.shrink(all - 3 * each - 1).await.map_err(said)?, "above the bound something goes");
    check!(!store.shrink(all - 3 * each - 1).await.map_err(said)?, "no more than what is above");
    same!(store.bytes(Some(&large.id)).await.map_err(said)?, 6 * each, "what is left to who had the most");
    let wanted: Vec<_> = many[4..].iter().rev().map(|row| row.beginning.id.as_str().to_owned()).collect();
    same!(ids(&list(store, &ann, ExecutionFilter::default()).await?), wanted, "the latest stay");
    same!(list(store, &bob, ExecutionFilter::default()).await?.len(), 3, "what the other keeps");
    while store.shrink(0).await.map_err(said)? {}
    same!(store.bytes(None).await.map_err(said)?, 0, "in the end");
    same!(list(store, &bob, ExecutionFilter::default()).await?.len(), 0, "the rows in the end");
    Ok(())
}
