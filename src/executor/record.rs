//! The one place where a call's end is known: what is remembered of it starts here.

use std::rc::Rc;

use serde_json::value::RawValue;

use super::called::Spent;
use super::failure::Failure;
use super::history::execution::{Beginning, Ending, Outcome};
use super::history::{Begun, ExecutionId, Source};
use super::limits::RESULT_BYTES;
use super::runnable::Permitted;
use crate::app::App;
use crate::bridge::waiting::Excerpt;
use crate::bridge::{Context, Kind, clock};
use crate::functions::Caller;
use crate::functions::store::Database;

/// A call, from its beginning. Dropped before its [`end`](Record::end), because its client left, it is remembered as that; if the instance dies before, the
/// next one remembers it ([`History::begin`](super::history::History::begin)).
pub struct Record {
    app: Rc<App>,
    context: Context,
    id: ExecutionId,
    source: Source,
    started_ms: f64,
    /// Until its end.
    begun: Option<Begun>,
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
        let function = &permitted.function;
        let started_ms = clock::now_ms();
        let beginning = Beginning {
            id: ExecutionId::new(started_ms),
            function_id: function.id.clone(),
            function_name: function.name.clone(),
            version: permitted.module.as_ref().map(|module| module.version),
            revision: function.revision,
            caller: caller.and_then(Caller::user).cloned(),
            source,
            started_ms,
        };
        let begun = Some(app.history.begin(&beginning));
        Record { app: app.clone(), context: context.clone(), id: beginning.id, source, started_ms, begun }
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
        let Some(begun) = self.begun.take() else { return };
        let ending = Ending {
            outcome: failure.map_or(Outcome::Ok, |failure| Outcome::Failed { code: failure.kind.code }),
            duration_ms: spent.ms,
            fuel: spent.fuel,
            memory_bytes: spent.memory,
            cache_hit: spent.cache_hit,
            warm: spent.warm,
            http_status: status,
            logs: spent.logs.clone().and_then(|logs| RawValue::from_string(logs).ok()).unwrap_or_else(Ending::no_logs),
            result_bytes: if failure.is_none() { spent.returned } else { None },
            result: None,
        };
        let Record { app, context, .. } = &self;
        let open = || Database::of_platform(&app.settings, context.env());
        let result = result.filter(|_| self.keeps_result(spent));
        app.history.record(context, open, begun, &ending, result);
    }
}

fn keeps(results: bool, returned: Option<u64>) -> bool {
    results && returned.is_some_and(|bytes| bytes <= RESULT_BYTES)
}

impl Drop for Record {
    fn drop(&mut self) {
        let Some(begun) = self.begun.take() else { return };
        // The clock has no client: its tick was cut off.
        let kind = if self.source == Source::Cron { Kind::INTERNAL } else { Kind::CLIENT_LEFT };
        let status = (self.source != Source::Cron).then_some(kind.status);
        self.app.history.keep(begun, &Ending::failed(kind.code, clock::since_ms(self.started_ms), status));
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
