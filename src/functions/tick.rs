//! What the clock brings: calls that are due, and tidying up.

use std::rc::Rc;

use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, future};

use super::artifacts::Objects;
use super::cron::Cron;
use super::function::Function;
use super::moment::Moment;
use super::store::schedules::{Claim, Scheduled, Schedules};
use super::store::{Database, StoreError};
use super::sweep::sweep;
use crate::app::App;
use crate::bridge::Context;
use crate::executor::history::Executions;
use crate::executor::scheduled::run_scheduled;

/// How far back a minute may lie that no tick came for, in minutes: a function is called once for all that it missed.
const CATCH_UP_MINUTES: u64 = 60;
/// How many functions are called at once: the host lets one event have four loaded isolates at work.
const AT_ONCE: usize = 4;
/// How often executions are forgotten in one tick, 1,000 at a time.
const FORGET_ROUNDS: u32 = 20;

/// Does what is due at `time_ms`, which is the minute of the tick and not when it came.
pub async fn tick(app: Rc<App>, context: Context, time_ms: f64) {
    let now = Moment::of_ms(time_ms);
    let store = match Database::of_platform(&app.settings, context.env()) {
        Ok(store) => store,
        Err(error) => return tracing::error!(%error, "the clock ticks for nobody"),
    };
    // What instances left behind when they died. Calls that are due don't wait for a store that can't take it.
    let calls = async {
        match claimed(&store, now).await {
            Ok(functions) => call_each(&app, &context, functions).await,
            Err(error) => tracing::error!(%error, "no function can be called by the clock"),
        }
    };
    future::join(app.history.flush(&store), calls).await;
    // Once an hour: what is left behind takes an hour to be old enough.
    if now.minute().minute == 0 {
        tidy(&app, &context, &store).await;
    }
}

/// The functions that this tick, and no other, may call.
async fn claimed(store: &impl Schedules, now: Moment) -> Result<Vec<Function>, StoreError> {
    let claims: Vec<Claim> = store.scheduled().await?.into_iter().filter_map(|scheduled| due(scheduled, now)).collect();
    if claims.is_empty() { Ok(Vec::new()) } else { store.claim(&claims).await }
}

/// The latest minute up to `now` in which a function is due and was not called.
fn due(scheduled: Scheduled, now: Moment) -> Option<Claim> {
    let Ok(cron) = Cron::parse(&scheduled.cron) else {
        tracing::error!(function = scheduled.id.as_str(), cron = scheduled.cron, "a stored schedule is none");
        return None;
    };
    let minutes = (0..CATCH_UP_MINUTES).map(|back| now.minute_start().minutes_before(back));
    let minutes = minutes.map(|moment| (moment, moment.to_string()));
    let mut open = minutes.take_while(|(_, text)| *text > scheduled.after);
    let (_, minute) = open.find(|(moment, _)| cron.matches(moment.minute()))?;
    Some(Claim { id: scheduled.id, minute })
}

async fn call_each(app: &Rc<App>, context: &Context, functions: Vec<Function>) {
    let mut left = functions.into_iter();
    let call = |function| run_scheduled(app.clone(), context.clone(), function);
    let mut running: FuturesUnordered<_> = left.by_ref().take(AT_ONCE).map(call).collect();
    while running.next().await.is_some() {
        running.extend(left.next().map(call));
    }
}

async fn tidy(app: &App, context: &Context, store: &Database) {
    match Objects::of_platform(&app.settings, context.env(), None) {
        Ok(artifacts) => {
            let swept = sweep(store, &artifacts, app.settings.upload_seconds).await;
            tracing::info!(staged = swept.staged, artifacts = swept.artifacts, "swept");
        }
        Err(error) => tracing::error!(%error, "nothing can be swept"),
    }
    for _ in 0..FORGET_ROUNDS {
        match store.forget(app.settings.history_days).await {
            Ok(1000) => {}
            Ok(_) => break,
            Err(error) => return tracing::error!(%error, "old executions can't be forgotten"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::FunctionId;

    /// 12:30:00 on 2025-11-24, a Monday.
    const NOW: f64 = 1_763_987_400_000.0;

    fn minute(cron: &str, after: &str) -> Option<String> {
        let id = FunctionId::parse("00000000-0000-4000-8000-000000000001").expect("an id");
        let after = format!("2025-11-24T{after}Z");
        let scheduled = Scheduled { id, cron: cron.to_owned(), after };
        let claim = due(scheduled, Moment::of_ms(NOW + 12_345.0))?;
        Some(claim.minute.strip_prefix("2025-11-24T").expect("today").to_owned())
    }

    #[test]
    fn a_function_is_due_in_its_minute_once() {
        let at = |text: &str| Some(format!("{text}:00.000Z"));
        assert_eq!(minute("30 12 * * *", "09:00:00.000"), at("12:30"));
        assert_eq!(minute("* * * * *", "12:29:00.000"), at("12:30"));
        assert_eq!(minute("* * * * *", "12:30:00.000"), None, "a tick that came twice");
        assert_eq!(minute("* * * * *", "12:31:00.000"), None, "a tick that came late, after the next one");
        assert_eq!(minute("31 12 * * *", "09:00:00.000"), None);
    }

    #[test]
    fn what_was_missed_is_caught_up_once_and_not_for_ever() {
        let at = |text: &str| Some(format!("{text}:00.000Z"));
        assert_eq!(minute("*/10 * * * *", "12:00:00.000"), at("12:30"), "the latest of three stands for all");
        assert_eq!(minute("5 12 * * *", "09:00:00.000"), at("12:05"));
        assert_eq!(minute("31 11 * * *", "09:00:00.000"), at("11:31"));
        assert_eq!(minute("30 11 * * *", "09:00:00.000"), None, "an hour ago");
    }

    #[test]
    fn a_schedule_holds_from_when_it_was_made() {
        assert_eq!(minute("30 12 * * *", "12:30:00.001"), None);
        assert_eq!(minute("5 12 * * *", "12:05:30.000"), None);
    }
}
