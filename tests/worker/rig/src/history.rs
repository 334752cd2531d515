//! Executions recorded by requests, for a test to look for.

use std::cell::Cell;

use hashi::bridge::extract::{Json, Query};
use hashi::bridge::{Context, Kind, Problem, clock};
use hashi::executor::history::execution::Outcome;
use hashi::executor::history::{
    Beginning, Ending, ExecutionFilter, ExecutionId, ExecutionScope, Executions, History, Source,
};
use hashi::functions::store::{D1, StoreError};
use hashi::functions::{FunctionId, FunctionName, Revision, UserId};
use serde::Deserialize;
use serde_json::value::RawValue;

thread_local! {
    static HISTORY: History = History::default();
    static WRITES: Cell<u32> = const { Cell::new(0) };
    static OPENED: Cell<u32> = const { Cell::new(0) };
    static FAILING: Cell<u32> = const { Cell::new(0) };
    static DEADLY: Cell<bool> = const { Cell::new(false) };
}

/// A store that counts the writes to another, and fails as often as it is told.
struct Counted(D1);

impl Executions for Counted {
    async fn add(&self, executions: &str) -> Result<(), StoreError> {
        WRITES.set(WRITES.get() + 1);
        assert!(!DEADLY.get(), "as asked, in the middle of a write");
        if FAILING.get() > 0 {
            FAILING.set(FAILING.get() - 1);
            return Err(StoreError::Unavailable);
        }
        self.0.add(executions).await
    }

    async fn list(&self, scope: &ExecutionScope, filter: &ExecutionFilter) -> Result<Vec<Box<RawValue>>, StoreError> {
        Executions::list(&self.0, scope, filter).await
    }

    async fn forget(&self, days: u32) -> Result<u32, StoreError> {
        self.0.forget(days).await
    }

    async fn shrink(&self, bytes: u64) -> Result<bool, StoreError> {
        self.0.shrink(bytes).await
    }

    async fn bytes(&self, of: Option<&FunctionId>) -> Result<u64, StoreError> {
        self.0.bytes(of).await
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    caller: String,
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    shut: bool,
    #[serde(default)]
    die: bool,
    #[serde(default)]
    deadly: bool,
    #[serde(default)]
    unended: bool,
}

/// Records an execution of `caller` with a store that may be `shut`, and dies after that if it is to, or when it is written, or before its end.
pub fn record(Query(wanted): Query<Wanted>, context: Context) -> Result<&'static str, Problem> {
    let failed = |_| Problem::new(Kind::INTERNAL);
    FAILING.set(FAILING.get() + wanted.failures);
    DEADLY.set(wanted.deadly);
    let beginning = Beginning {
        id: ExecutionId::new(clock::now_ms()),
        function_id: FunctionId::parse("00000000-0000-4000-8000-000000000001").map_err(failed)?,
        function_name: FunctionName::parse("recorded").map_err(failed)?,
        version: None,
        revision: Revision(1),
        caller: Some(UserId::new(&wanted.caller)),
        source: Source::Http,
        started_ms: clock::now_ms(),
    };
    let begun = HISTORY.with(|history| history.begin(&beginning));
    assert!(!wanted.unended, "as asked, between beginning and end");
    let ending = Ending {
        outcome: Outcome::Ok,
        duration_ms: 0.0,
        fuel: 1,
        memory_bytes: 2,
        cache_hit: false,
        warm: false,
        http_status: Some(200),
        logs: Ending::no_logs(),
        result_bytes: None,
        result: None,
    };
    let open = || {
        OPENED.set(OPENED.get() + 1);
        if wanted.shut { Err(StoreError::Unavailable) } else { D1::open(context.env()).map(Counted) }
    };
    HISTORY.with(|history| history.record(&context, open, begun, &ending, None));
    tracing::info!(by = &*wanted.caller, "recorded");
    assert!(!wanted.die, "as asked");
    Ok("recorded")
}

/// How often something was written, and how often the store was opened for it, since the last question.
pub fn writes() -> Json<[u32; 2]> {
    Json([WRITES.replace(0), OPENED.replace(0)])
}

/// Writes what waits, as a tick of the clock does.
pub async fn flush(context: Context) -> Result<(), Problem> {
    let store = D1::open(context.env()).map_err(|_| Problem::new(Kind::INTERNAL))?;
    let history = HISTORY.with(Clone::clone);
    history.flush(&store).await;
    Ok(())
}
