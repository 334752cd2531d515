//! What came of a call, and what it took.

use super::failure::Failure;
use super::limits::ROOM_WAIT;
use super::outcome::Outcome;
use crate::bridge::fetch::Inbound;
use crate::bridge::held::Held;
use crate::bridge::host_body::HostBody;
use crate::bridge::isolate::IsolateError;

/// A call that was made, well or not.
#[derive(Debug)]
pub struct Called {
    /// The guest's answer: a client's, or the JSON text of an export's value.
    pub result: Result<Inbound, Failure>,
    /// What it took.
    pub spent: Spent,
}

/// What a call took.
#[derive(Clone, Debug)]
pub struct Spent {
    /// Fuel that was used.
    pub fuel: u64,
    /// Bytes of memory that the guest had.
    pub memory: u64,
    /// Whether the bundle was kept here.
    pub cache_hit: bool,
    /// Whether the isolate had served a call before.
    pub warm: bool,
    /// What `Server-Timing` says of it.
    pub timing: &'static str,
    /// The JSON text of the log's entries, if there are any.
    pub logs: Option<String>,
    /// How long it took, in milliseconds of the host's clock.
    pub ms: f64,
    /// The bytes of what the guest returned, if it did: of its answer's body, or of the value's JSON text.
    pub returned: Option<u64>,
}

impl Called {
    /// The value's JSON text between `before` and `after`, on the host's side, and what the call took. What breaks off on its way out of the isolate was no
    /// success.
    pub async fn spliced(self, before: &str, after: &str) -> (Result<(HostBody, Held), Failure>, Spent) {
        let length = self.spent.returned.unwrap_or_default();
        let take = async |answer: Inbound| match Held::value(length, ROOM_WAIT).await {
            Ok(held) => Ok((answer.spliced(before, after, length).await.map_err(lost)?, held)),
            Err(full) => {
                answer.leave().await;
                Err(full.into())
            }
        };
        self.taken(take).await
    }

    /// The value's JSON text if it is `wanted`, and what the call took. One that isn't is never read: the isolate can let go of it.
    pub async fn value(self, wanted: bool) -> (Result<Option<HostBody>, Failure>, Spent) {
        let length = self.spent.returned.unwrap_or_default();
        let take = async |answer: Inbound| {
            if wanted {
                return answer.spliced("", "", length).await.map(Some).map_err(lost);
            }
            answer.leave().await;
            Ok(None)
        };
        self.taken(take).await
    }

    async fn taken<T>(self, take: impl AsyncFnOnce(Inbound) -> Result<T, Failure>) -> (Result<T, Failure>, Spent) {
        let result = match self.result {
            Ok(answer) => take(answer).await,
            Err(failure) => Err(failure),
        };
        (result, self.spent)
    }

    /// What the glue in the isolate tells of the call.
    pub(super) async fn told(answer: Inbound) -> Called {
        let (line, logs) = answer.outcome();
        let Some(outcome) = Outcome::parse(&line) else {
            return Called::failed(lost(IsolateError(format!("no outcome: {line:?}"))));
        };
        let result = match outcome.failure {
            None => Ok(answer),
            Some(code) => {
                let detail = answer.text().await;
                Err(Failure::told(code, outcome.kind, detail))
            }
        };
        let Outcome { fuel, memory, warm, returned, .. } = outcome;
        let timing = outcome.server_timing();
        Called { result, spent: Spent { fuel, memory, warm, timing, logs, returned, ..Spent::default() } }
    }

    /// A call that no guest answered.
    pub(super) fn failed(failure: Failure) -> Called {
        Called { result: Err(failure), spent: Spent::default() }
    }
}

impl Default for Spent {
    /// Nothing: no guest ran.
    fn default() -> Spent {
        Spent {
            fuel: 0,
            memory: 0,
            cache_hit: false,
            warm: false,
            timing: "isolate;desc=none",
            logs: None,
            ms: 0.0,
            returned: None,
        }
    }
}

/// What a call comes to whose isolate failed.
pub(super) fn lost(error: IsolateError) -> Failure {
    tracing::error!(error = error.0, "a function's isolate failed");
    Failure::of_host(&error.0)
}
