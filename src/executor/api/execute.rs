//! `POST /functions/v1/wasm-executor`: any export of a function, with arguments in JSON.

use std::fmt::Write;

use serde::Deserialize;

use super::visit::Visit;
use crate::bridge::waiting::Excerpt;
use crate::bridge::{Kind, Problem, Response, isolate};
use crate::executor::Permitted;
use crate::executor::call::Task;
use crate::executor::called::Spent;
use crate::executor::entry::default_export;
use crate::executor::failure::Failure;
use crate::executor::history::Source;
use crate::executor::limits::{CALL_BYTES, body_held_at_most, timeout};
use crate::executor::record::Record;
use crate::functions::FunctionRef;
use crate::functions::access::Denied;
#[cfg(test)]
use crate::functions::limits::EXECUTION_MS;

/// The members of the body beside `args`, which never enter our memory.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CallRequest {
    /// The function, by id or name.
    module_id: Option<Box<str>>,
    /// The same; one of the two is required.
    function_id: Option<Box<str>>,
    /// The export; the function's entrypoint if none is named.
    function_name: Option<Box<str>>,
    /// The time that the call has, in milliseconds; the function's own by default, which it can't exceed.
    #[cfg_attr(test, schemars(range(min = 1, max = EXECUTION_MS.most)))]
    timeout_ms: Option<u32>,
}

impl CallRequest {
    fn parse(members: &str) -> Result<CallRequest, Problem> {
        serde_json::from_str(members).map_err(|error| {
            // Where it stands is no place in what the client sent: `args` was taken out.
            let said = error.to_string();
            wrong(said.split(" at line ").next().unwrap_or_default().to_owned())
        })
    }

    fn which(&self) -> Result<FunctionRef, Problem> {
        let text = match (&self.module_id, &self.function_id) {
            (Some(module), Some(function)) if module != function => {
                return Err(wrong("moduleId and functionId name two functions; send one of them".to_owned()));
            }
            (Some(which), _) | (None, Some(which)) => which,
            (None, None) => return Err(wrong("moduleId: missing; it or functionId is required".to_owned())),
        };
        FunctionRef::parse(text).ok_or_else(nowhere)
    }
}

/// Calls an export and answers with its value.
pub(super) async fn execute(visit: Visit) -> Result<Response, Problem> {
    let caller = visit.caller().await?;
    let body = isolate::read_call(&visit.request, &visit.context, CALL_BYTES, body_held_at_most()).await?;
    let wanted = CallRequest::parse(&body.members)?;
    let which = wanted.which()?;
    let executor = &visit.app.executor;
    let found = executor.resolve(&visit.context, &which).await.map_err(Failure::into_problem)?;
    let runnable = found.ok_or_else(nowhere)?;
    let permitted = Permitted::execute(&caller, &runnable).map_err(|denied| match denied {
        Denied::Hidden => nowhere(),
        denied => denied.into(),
    })?;
    let function = &permitted.function;
    visit.admit(&function.id).await?;
    let ms = timeout(function, wanted.timeout_ms).map_err(wrong)?;
    let name = match (&wanted.function_name, permitted.prepared()) {
        (Some(name), _) => name,
        (None, Some(prepared)) => default_export(function, prepared),
        (None, None) => &function.entrypoint,
    };
    let record = Record::begin(&visit.app, &visit.context, &permitted, Source::Executor, Some(&caller));
    let id = record.id().to_owned();
    let called = executor.call(&visit.context, &permitted, Task::Export { name, args: &body.args, ms }).await;
    // What it holds is free for what the call came to.
    drop(body);
    let before = format!("{{{},\"result\":", facts(&permitted, &called.spent, &id));
    let (result, spent) = called.spliced(&before, "}").await;
    let status = result.as_ref().map_or_else(|failure| failure.kind.status, |_| 200);
    let returned = result.as_ref().ok().map(|(of, _)| Excerpt { of, before: before.len(), after: 1 });
    record.end(&spent, result.as_ref().err(), Some(status), returned);
    let timing = spent.timing;
    match result {
        Ok((whole, held)) => {
            let response = Response::new(200, held.lend(whole)).with_header("content-type", "application/json");
            Ok(response.with_header("cache-control", "no-store").with_header("server-timing", timing))
        }
        Err(failure) => {
            let logs = spent.logs.as_deref().unwrap_or("[]");
            Err(failure
                .into_problem()
                .with_member("executionId", &format!("\"{id}\""))
                .with_member("fuelConsumed", &spent.fuel.to_string())
                .with_member("logs", logs)
                .with_header("server-timing", timing))
        }
    }
}

/// The members of an answer beside `result`.
fn facts(permitted: &Permitted, spent: &Spent, id: &str) -> String {
    let function = &permitted.function;
    let version = permitted.module.as_ref().map_or(0, |module| module.version.0);
    let logs = spent.logs.as_deref().unwrap_or("[]");
    let mut text = String::new();
    // Writing to a String doesn't fail.
    let _ = write!(
        text,
        r#""executionId":"{id}","executionTimeMs":{},"memoryUsedBytes":{},"fuelConsumed":{},"cacheHit":{},"#,
        spent.ms, spent.memory, spent.fuel, spent.cache_hit
    );
    let _ = write!(
        text,
        r#""module":{{"id":"{}","name":"{}","version":"{version}.0.0","ownerType":"{}"}},"logs":{logs}"#,
        function.id,
        function.name,
        function.owner_type.as_str()
    );
    text
}

fn wrong(detail: String) -> Problem {
    Problem::new(Kind::INVALID_BODY).with_detail(detail)
}

/// There is no such function, or none that the caller may execute: both look the same.
fn nowhere() -> Problem {
    Problem::new(Kind::MODULE_NOT_FOUND).with_detail("there is no such function")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn which(members: &str) -> Result<String, String> {
        let read = CallRequest::parse(members).and_then(|wanted| wanted.which());
        read.map(|which| which.as_str().to_owned())
            .map_err(|problem| format!("{}: {}", problem.kind().code, problem.detail().unwrap_or_default()))
    }

    #[test]
    fn a_body_names_a_function_in_one_way_or_the_other() {
        for right in [r#"{"moduleId":"f"}"#, r#"{"functionId":"f"}"#, r#"{"moduleId":"f","functionId":"f"}"#] {
            assert_eq!(which(right).as_deref(), Ok("f"), "{right}");
        }
        for (members, error) in [
            ("{}", "invalid_body: moduleId: missing; it or functionId is required"),
            (
                r#"{"moduleId":"f","functionId":"g"}"#,
                "invalid_body: moduleId and functionId name two functions; send one of them",
            ),
            (r#"{"moduleId":"../f"}"#, "module_not_found: there is no such function"),
            (r#"{"moduleId":7}"#, "invalid_body: invalid type: integer `7`, expected a string"),
        ] {
            assert_eq!(which(members), Err(error.to_owned()));
        }
        let unknown = which(r#"{"moduleId":"f","arguments":[]}"#).expect_err("unknown");
        assert!(
            unknown.starts_with("invalid_body: unknown field `arguments`, expected one of `moduleId`"),
            "{unknown}"
        );
        assert!(which(r#"{"moduleId":"f","timeoutMs":"1s"}"#).is_err());
    }
}
