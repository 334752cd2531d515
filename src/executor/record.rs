//! The one place where a call's end is known: what is remembered of it starts here.

use std::rc::Rc;

use serde_json::value::RawValue;

use super::call::Called;
use super::history::execution::Outcome;
use super::history::{Execution, ExecutionId, Source};
use super::runnable::Permitted;
use crate::app::App;
use crate::bridge::{Context, clock};
use crate::functions::store::Database;
use crate::functions::{Caller, UserId};

/// A call, from its beginning.
#[derive(Clone, Debug)]
pub struct Record {
    id: ExecutionId,
    source: Source,
    caller: Option<UserId>,
    started_ms: f64,
}

impl Record {
    /// A call that begins now.
    pub fn begin(source: Source, caller: Option<&Caller>) -> Record {
        let caller = caller.and_then(Caller::user).cloned();
        Record { id: ExecutionId::random(), source, caller, started_ms: clock::now_ms() }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// Remembers how it ended, and with which status it was answered; it is written after the response.
    pub fn end(self, app: &Rc<App>, context: &Context, permitted: &Permitted, called: &Called, status: Option<u16>) {
        let function = &permitted.function;
        let outcome = match &called.result {
            Ok(_) => Outcome::Ok,
            Err(failure) => Outcome::Failed { code: failure.kind.code },
        };
        let execution = Execution {
            id: self.id,
            function_id: function.id.clone(),
            function_name: function.name.clone(),
            version: permitted.module.as_ref().map(|module| module.version),
            revision: function.revision,
            caller: self.caller,
            source: self.source,
            outcome,
            started_ms: self.started_ms,
            duration_ms: called.ms,
            fuel: called.fuel,
            memory_bytes: called.memory,
            cache_hit: called.cache_hit,
            warm: called.warm,
            http_status: status,
            logs: called
                .logs
                .clone()
                .and_then(|logs| RawValue::from_string(logs).ok())
                .unwrap_or_else(Execution::no_logs),
        };
        app.history.record(context, || Database::of_platform(&app.settings, context.env()), &execution);
    }
}
