//! The history of calls.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer;
use super::visit::Visit;
use crate::bridge::{Kind, Problem, Response, pairs};
use crate::executor::history::filter::Place;
use crate::executor::history::{ExecutionFilter, ExecutionScope, Executions};
use crate::functions::access::Denied;
use crate::functions::id::{FunctionRef, is_uuid};
use crate::functions::moment::Moment;

/// Which executions a list shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ExecutionQuery {
    /// Of this function only, by id, or by the name that it had.
    pub function: Option<String>,
    /// `ok` or `failed`.
    pub status: Option<String>,
    /// Those that failed with this code only.
    pub code: Option<String>,
    /// Those that this user called only.
    pub caller: Option<String>,
    /// Those that began then or later only: a date, or a date and time with its offset.
    pub since: Option<String>,
    /// Those that began earlier only.
    pub until: Option<String>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100; 50 by default.
    pub limit: Option<u32>,
}

/// A page of executions, the latest first.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ExecutionPage {
    /// The executions.
    #[cfg_attr(test, schemars(with = "Vec<crate::executor::history::Execution>"))]
    pub executions: Vec<Box<RawValue>>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

impl ExecutionQuery {
    /// The filter that asks for one execution more than the page shows, which says whether there is another page.
    fn filter(self) -> Result<ExecutionFilter, Problem> {
        let limit = answer::page(self.limit)?;
        answer::sought("code", self.code.as_deref())?;
        answer::sought("caller", self.caller.as_deref())?;
        let function = self.function.map(|text| FunctionRef::parse(&text).ok_or(text)).transpose();
        let moment = |name: &str, text: Option<String>| match text.as_deref().map(Moment::at_or_after) {
            None => Ok(None),
            Some(Some(moment)) => Ok(Some(moment)),
            Some(None) => Err(invalid(format!(
                "{name}: expected a date such as 2026-11-25 or a time such as 2026-11-25T12:30:00Z, got {:?}",
                text.unwrap_or_default()
            ))),
        };
        Ok(ExecutionFilter {
            function: function.map_err(|text| invalid(format!("function: expected an id or a name, got {text:?}")))?,
            status: match self.status.as_deref() {
                None => None,
                Some("ok") => Some("ok"),
                Some("failed") => Some("failed"),
                Some(other) => return Err(invalid(format!("status: expected ok or failed, got {other:?}"))),
            },
            code: self.code,
            caller: self.caller,
            since: moment("since", self.since)?,
            until: moment("until", self.until)?,
            after: self.cursor.as_deref().map(place).transpose()?,
            limit: limit + 1,
        })
    }
}

fn invalid(detail: String) -> Problem {
    Problem::new(Kind::INVALID_PARAMETER).with_detail(detail)
}

/// The place that a cursor stands for: a time and an id, with a space between them.
fn place(cursor: &str) -> Result<Place, Problem> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text
        .as_deref()
        .and_then(|text| text.split_once(' '))
        .and_then(|(time, id)| Some((Moment::at_or_after(time)?, is_uuid(id).then_some(id)?)));
    place
        .map(|(started_at, id)| Place { started_at: started_at.to_string(), id: id.to_owned() })
        .ok_or_else(|| invalid("cursor: expected the next of another page of this list".to_owned()))
}

/// `GET /api/v1/executions`: the caller's calls, and every call of the functions that they may change, the latest first.
pub(super) async fn list(visit: Visit) -> Result<Response, Problem> {
    let query: ExecutionQuery = pairs::decode(&pairs::parse(visit.request.query())?)?;
    let filter = query.filter()?;
    let caller = visit.caller().await?;
    let scope = ExecutionScope::of(&caller).ok_or(Denied::SignIn)?;
    let mut executions = Executions::list(&visit.store()?, &scope, &filter).await?;
    let more = executions.len() == filter.limit as usize;
    if more {
        executions.pop();
    }
    let last = executions.last().filter(|_| more).and_then(|row| serde_json::from_str::<Place>(row.get()).ok());
    let next = last.map(|Place { started_at, id }| URL_SAFE_NO_PAD.encode(format!("{started_at} {id}")));
    answer::json(&ExecutionPage { executions, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b54ad4c-6d2f-4d3c-9a77-0d8f0a1f5d11";

    fn refusal(query: ExecutionQuery) -> String {
        let problem = query.filter().expect_err("a refusal");
        problem.detail().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_is_asked_for_is_checked_by_name() {
        let text = |text: &str| Some(text.to_owned());
        let query = ExecutionQuery {
            function: text("hello"),
            status: text("failed"),
            since: text("2026-11-25"),
            cursor: Some(URL_SAFE_NO_PAD.encode(format!("2026-11-25T00:00:00.000Z {ID}"))),
            ..Default::default()
        };
        let filter = query.filter().expect("a filter");
        assert_eq!(
            (filter.status, filter.since.map(|since| since.to_string()).as_deref(), filter.limit),
            (Some("failed"), Some("2026-11-25T00:00:00.000Z"), 51)
        );
        assert_eq!(filter.after.map(|after| after.id).as_deref(), Some(ID));
        let far = format!("2026-01-01T00:00:00+15:00 {ID}");
        let filter = ExecutionQuery { cursor: Some(URL_SAFE_NO_PAD.encode(far)), ..Default::default() }.filter();
        let after = filter.expect("a filter").after.map(|after| after.started_at);
        assert_eq!(after.as_deref(), Some("2025-12-31T09:00:00.000Z"), "as every store compares it");
        for (query, name) in [
            (ExecutionQuery { function: text("No Name"), ..Default::default() }, "function: "),
            (ExecutionQuery { status: text("OK"), ..Default::default() }, "status: "),
            (ExecutionQuery { until: text("yesterday"), ..Default::default() }, "until: "),
            (ExecutionQuery { cursor: text("x"), ..Default::default() }, "cursor: "),
            (ExecutionQuery { cursor: Some(URL_SAFE_NO_PAD.encode("a b")), ..Default::default() }, "cursor: "),
            (
                ExecutionQuery {
                    cursor: Some(URL_SAFE_NO_PAD.encode("2026-11-25T00:00:00.000Z no-id")),
                    ..Default::default()
                },
                "cursor: ",
            ),
            (ExecutionQuery { code: text("a\0b"), ..Default::default() }, "code: "),
            (ExecutionQuery { caller: text("\0"), ..Default::default() }, "caller: "),
            (ExecutionQuery { limit: Some(101), ..Default::default() }, "limit: "),
            (ExecutionQuery { limit: Some(0), ..Default::default() }, "limit: "),
        ] {
            let refused = refusal(query.clone());
            assert!(refused.starts_with(name), "{query:?}: {refused}");
        }
    }
}
