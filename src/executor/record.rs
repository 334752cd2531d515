//! The one place where a call's end is known: what is remembered of it starts here.

use std::rc::Rc;

use serde_json::value::RawValue;

use super::called::Spent;
use super::failure::Failure;
use super::history::execution::Outcome;
use super::history::{Execution, ExecutionId, Source};
use super::limits::RESULT_BYTES;
use super::runnable::Permitted;
use crate::app::App;
use crate::bridge::waiting::Excerpt;
use crate::bridge::{Context, Kind, clock};
use crate::functions::store::Database;
use crate::functions::{Caller, UserId};

/// A call, from its beginning. Dropped before its [`end`](Record::end), because its client left, it is remembered as that.
pub struct Record {
    app: Rc<App>,
    context: Context,
    permitted: Permitted,
    id: ExecutionId,
    source: Source,
    caller: Option<UserId>,
    started_ms: f64,
    ended: bool,
}

impl Record {
    /// A call that begins now.
    pub fn begin(
        app: &Rc<App>,
        context: &Context,
        permitted: &Permitted,
        source: Source,
        caller: Option<&Caller>,
    ) -> Record {
        let started_ms = clock::now_ms();
        Record {
            app: app.clone(),
            context: context.clone(),
            permitted: permitted.clone(),
            id: ExecutionId::new(started_ms),
            source,
            caller: caller.and_then(Caller::user).cloned(),
            started_ms,
            ended: false,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// Whether what a call returned is remembered with it, where that is a value: the deployment keeps results, and it is small enough.
    pub fn keeps_result(&self, spent: &Spent) -> bool {
        keeps(self.app.settings.history_results, spent.returned)
    }

    /// Remembers how it ended, with which status it was answered and what it returned, where that is a value; it is written after the response.
    pub fn end(mut self, spent: &Spent, failure: Option<&Failure>, status: Option<u16>, result: Option<Excerpt<'_>>) {
        self.ended = true;
        let outcome = match failure {
            None => Outcome::Ok,
            Some(failure) => Outcome::Failed { code: failure.kind.code },
        };
        let execution = self.execution(outcome, spent, status);
        let Record { app, context, .. } = &self;
        let open = || Database::of_platform(&app.settings, context.env());
        let result = result.filter(|_| self.keeps_result(spent));
        app.history.record(context, open, &execution, result);
    }

    fn execution(&self, outcome: Outcome, spent: &Spent, status: Option<u16>) -> Execution {
        let result_bytes = if outcome == Outcome::Ok { spent.returned } else { None };
        let function = &self.permitted.function;
        Execution {
            id: self.id.clone(),
            function_id: function.id.clone(),
            function_name: function.name.clone(),
            version: self.permitted.module.as_ref().map(|module| module.version),
            revision: function.revision,
            caller: self.caller.clone(),
            source: self.source,
            outcome,
            started_ms: self.started_ms,
            duration_ms: spent.ms,
            fuel: spent.fuel,
            memory_bytes: spent.memory,
            cache_hit: spent.cache_hit,
            warm: spent.warm,
            http_status: status,
            logs: spent
                .logs
                .clone()
                .and_then(|logs| RawValue::from_string(logs).ok())
                .unwrap_or_else(Execution::no_logs),
            result_bytes,
            result: None,
        }
    }
}

fn keeps(results: bool, returned: Option<u64>) -> bool {
    results && returned.is_some_and(|bytes| bytes <= RESULT_BYTES)
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let spent = Spent { ms: clock::since_ms(self.started_ms), ..Spent::default() };
        // The clock has no client: its tick was cut off.
        let kind = if self.source == Source::Cron { Kind::INTERNAL } else { Kind::CLIENT_LEFT };
        let status = (self.source != Source::Cron).then_some(kind.status);
        self.app.history.keep(&self.execution(Outcome::Failed { code: kind.code }, &spent, status));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_result_is_kept_where_results_are() {
        assert!(keeps(true, Some(0)) && keeps(true, Some(RESULT_BYTES)));
        assert!(!keeps(true, Some(RESULT_BYTES + 1)), "too large");
        assert!(!keeps(true, None), "nothing was returned");
        assert!(!keeps(false, Some(1)), "the deployment keeps none");
    }
}
