//! One execution, as it is remembered.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::bridge::clock;
use crate::functions::moment::Moment;
use crate::functions::{FunctionId, FunctionName, ModuleVersion, Revision, UserId};

/// How a call came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Source {
    /// `POST /functions/v1/wasm-executor`.
    Executor,
    /// `/fn/{name}`.
    Http,
    /// The clock.
    Cron,
}

/// How an execution ended. A success has no code, and a failure has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Outcome {
    /// With a result.
    Ok,
    /// Without one.
    Failed {
        /// Why, as in docs/problems.md.
        code: &'static str,
    },
}

/// The id of an execution: a UUID (RFC 9562, version 7), which begins with its time.
///
/// The rows of a while lie beside each other in the store's index: writing one costs SQLite less than half of what it does where ids are random.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "String", extend("format" = "uuid")))]
pub struct ExecutionId(pub(super) Box<str>);

impl ExecutionId {
    /// A new one of an execution that begins at `started_ms`, else from the host's secure source.
    pub fn new(started_ms: f64) -> ExecutionId {
        ExecutionId(timed(started_ms as u64, &clock::uuid()).into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A line that a guest logged, as `logs` holds them: a JSON array of these.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogLine {
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The text.
    pub message: String,
}

/// One execution, as the API shows it; a call gives its two parts, when it begins and when it is over.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Execution {
    /// What is known from its first moment.
    #[serde(flatten)]
    pub beginning: Beginning,
    /// What came of it.
    #[serde(flatten)]
    pub ending: Ending,
}

/// What is known of an execution when it begins.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Beginning {
    /// Its id.
    pub id: ExecutionId,
    /// The function.
    pub function_id: FunctionId,
    /// What it was called then.
    pub function_name: FunctionName,
    /// The module that ran; `null` if none was there to run.
    pub version: Option<ModuleVersion>,
    /// The function's revision.
    pub revision: Revision,
    /// The user who called; `null` if nobody was signed in, or the service role or the clock called.
    pub caller: Option<UserId>,
    /// How the call came in.
    pub source: Source,
    /// When it began (RFC 3339, UTC).
    #[serde(rename = "started_at", serialize_with = "time")]
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub started_ms: f64,
}

/// What is known of an execution when it is over.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Ending {
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How long it took, in milliseconds of the host's clock, which stands still in production while a Worker computes.
    pub duration_ms: f64,
    /// The fuel that it used.
    pub fuel: u64,
    /// The memory that its instance had in the end, in bytes.
    pub memory_bytes: u64,
    /// Whether the bundle was in the isolate already.
    pub cache_hit: bool,
    /// Whether the guest's isolate was there already.
    pub warm: bool,
    /// The status that the caller was answered with; `null` for the clock.
    pub http_status: Option<u16>,
    /// What the guest logged: a JSON array of [`LogLine`]s. Of a call over HTTP it is shown to who may change the function alone; others get `null`.
    #[cfg_attr(test, schemars(with = "Option<Vec<LogLine>>"))]
    pub logs: Box<RawValue>,
    /// How many bytes the call returned: of its value's JSON text, or of the body of an answer over HTTP; `null` if it failed.
    pub result_bytes: Option<u64>,
    /// The value that a call returned, if its JSON text has at most 4096 bytes and the deployment keeps results; else `null`, as for an answer over HTTP.
    /// U+FFFD stands for U+0000 in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "serde_json::Value", required))]
    pub result: Option<Box<RawValue>>,
}

impl Ending {
    /// A failure that `code` names, after which the caller got `http_status`; nothing is known of what it took but its time.
    pub fn failed(code: &'static str, duration_ms: f64, http_status: Option<u16>) -> Ending {
        Ending {
            outcome: Outcome::Failed { code },
            duration_ms,
            fuel: 0,
            memory_bytes: 0,
            cache_hit: false,
            warm: false,
            http_status,
            logs: Ending::no_logs(),
            result_bytes: None,
            result: None,
        }
    }

    /// A log without a line.
    pub fn no_logs() -> Box<RawValue> {
        RawValue::from_string("[]".to_owned()).unwrap_or_default()
    }
}

/// The random `uuid` of version 4 as one of version 7.
fn timed(ms: u64, uuid: &str) -> String {
    let rest = uuid.get(15..).unwrap_or_default();
    format!("{:08x}-{:04x}-7{rest}", ms >> 16 & 0xffff_ffff, ms & 0xffff)
}

fn time<S: Serializer>(started_ms: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Moment::of_ms(*started_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_begins_with_its_time() {
        let random = "9f1c2d3e-4a5b-4c6d-8e7f-0123456789ab";
        // RFC 9562, appendix A.6.
        assert_eq!(timed(0x017f_22e2_79b0, random), "017f22e2-79b0-7c6d-8e7f-0123456789ab");
        assert_eq!(timed(1, random), "00000000-0001-7c6d-8e7f-0123456789ab");
    }
}
