//! What the clock brings: calls that are due, and tidying up.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future;

use super::artifacts::Objects;
use super::due::due;
use super::moment::Moment;
use super::store::Database;
use super::store::schedules::{Claim, Schedules};
use super::sweep::{left_after, sweep};
use crate::app::App;
use crate::bridge::{Context, clock};
use crate::executor::history::Executions;
use crate::executor::scheduled::run_scheduled;

/// How many functions are called at once: the host lets one event have four loaded isolates at work.
const AT_ONCE: usize = 4;
/// For how long a tick goes on to call. The host ends it after 15 minutes, and a call takes half a minute at most.
const START_WITHIN: Duration = Duration::from_mins(10);
/// After how many claims in a row that fail a tick claims no more: it is the store then and not a function, and there is no use in asking it for each.
const FAILED_CLAIMS: u32 = 16;
/// How often executions are forgotten in one tick, 1,000 at a time: 333 a second.
const FORGET_ROUNDS: u32 = 20;
/// How often the history is made smaller in one tick, 1,000 executions at a time: 1,666 a second, more than a function's rate limit lets in.
const SHRINK_ROUNDS: u32 = 100;

/// Does what is due at `time_ms`, which is the minute of the tick and not when it came.
pub async fn tick(app: Rc<App>, context: Context, time_ms: f64) {
    let now = Moment::of_ms(time_ms);
    let store = match Database::of_platform(&app.settings, context.env()) {
        Ok(store) => store,
        Err(error) => return tracing::error!(%error, "the clock ticks for nobody"),
    };
    // What instances left behind when they died. Calls that are due don't wait for a store that can't take it.
    let calls = async {
        match store.scheduled().await {
            Ok(scheduled) => call_due(&app, &context, &store, due(scheduled, now)).await,
            Err(error) => tracing::error!(%error, "no function can be called by the clock"),
        }
    };
    future::join(app.history.flush(&store), calls).await;
    forget(&app, &store).await;
    // Once an hour: what is left behind takes an hour to be old enough. Where there is more than a tick sweeps, the next of this instance goes on.
    if now.minute().minute == 0 || app.unswept.take() {
        tidy(&app, &context, &store).await;
    }
    // Last: a host that allows an event only so many statements has allowed the others.
    shrink(&app, &store).await;
}

/// Calls what is due, each function once it is claimed and not before: what a tick doesn't come to, because it was cut off or its time is over, is the next
/// one's. So is a function whose claim fails, which keeps nobody else's from being called.
async fn call_due(app: &Rc<App>, context: &Context, store: &impl Schedules, claims: Vec<Claim>) {
    let until = clock::now_ms() + clock::ms(START_WITHIN);
    let left = RefCell::new(claims.into_iter());
    let failed = Cell::new(0);
    let next = || left.borrow_mut().next().filter(|_| failed.get() < FAILED_CLAIMS);
    future::join_all((0..AT_ONCE).map(|_| async {
        while let Some(claim) = next() {
            if clock::now_ms() >= until {
                return tracing::warn!(
                    left = left.borrow().len() + 1,
                    "more was due than a tick can call; the next goes on"
                );
            }
            let claimed = store.claim(&claim).await;
            failed.set(if claimed.is_ok() { 0 } else { failed.get() + 1 });
            match claimed {
                Ok(Some(function)) => run_scheduled(app.clone(), context.clone(), function).await,
                // Another tick's, or gone.
                Ok(None) => {}
                Err(error) => tracing::error!(%error, function = claim.id.as_str(), "a due function can't be claimed"),
            }
        }
    }))
    .await;
}

async fn tidy(app: &App, context: &Context, store: &Database) {
    match Objects::of_platform(&app.settings, context.env(), None) {
        Ok(artifacts) => {
            let swept =
                sweep(store, &artifacts, left_after(app.settings.upload_seconds, app.settings.function_cache_seconds))
                    .await;
            app.unswept.set(swept.more);
            tracing::info!(
                staged = swept.staged,
                artifacts = swept.artifacts,
                bundles = swept.bundles,
                more = swept.more,
                "swept"
            );
        }
        Err(error) => tracing::error!(%error, "nothing can be swept"),
    }
}

/// Forgets executions that are older than the history.
async fn forget(app: &App, store: &impl Executions) {
    for _ in 0..FORGET_ROUNDS {
        match store.forget(app.settings.history_days).await {
            Ok(1000) => {}
            Ok(_) => break,
            Err(error) => return tracing::error!(%error, "old executions can't be forgotten"),
        }
    }
}

/// Forgets executions while they take more of the database than they may.
async fn shrink(app: &App, store: &impl Executions) {
    let most = u64::from(app.settings.history_mb) * 1_000_000;
    for round in 0..SHRINK_ROUNDS {
        match store.shrink(most).await {
            Ok(true) if round == 0 => tracing::warn!(most, "the history is larger than HISTORY_MB; the earliest go"),
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return tracing::error!(%error, "the history can't be made smaller"),
        }
    }
}
