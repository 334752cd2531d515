//! Calls by the clock.

use std::rc::Rc;

use super::call::Task;
use super::entry::default_export;
use super::history::Source;
use super::record::Record;
use super::runnable::Permitted;
use crate::app::App;
use crate::bridge::Context;
use crate::bridge::host_body::HostBody;
use crate::bridge::waiting::Excerpt;
use crate::functions::{Function, FunctionRef};

/// Calls a function that is due, and records how it ended.
pub async fn run_scheduled(app: Rc<App>, context: Context, function: Function) {
    let (claimed, which) = (function.revision, FunctionRef::Id(function.id));
    let mut resolved = app.executor.resolve(&context, &which).await;
    // Known from before the change that it was claimed with.
    if let Ok(Some(known)) = &resolved
        && known.function.revision < claimed
    {
        app.executor.forget(&known.function.id);
        resolved = app.executor.resolve(&context, &which).await;
    }
    let runnable = match resolved {
        Ok(Some(runnable)) => runnable,
        // It was deleted since it was due.
        Ok(None) => return,
        Err(failure) => {
            return tracing::error!(
                function = which.as_str(),
                detail = failure.detail,
                "a due function can't be called"
            );
        }
    };
    // It lost its schedule meanwhile.
    let Ok(permitted) = Permitted::schedule(&runnable) else { return };
    let function = &permitted.function;
    let name = permitted.prepared().map_or(&*function.entrypoint, |prepared| default_export(function, prepared));
    let record = Record::begin(&app, &context, &permitted, Source::Cron, None);
    let task = Task::Export { name, args: &HostBody::text("[]"), ms: function.max_execution_ms };
    let called = app.executor.call(&context, &permitted, task).await;
    // Nobody waits for the value: only the history may want it.
    let kept = record.keeps_result(&called.spent);
    let (result, spent) = called.value(kept).await;
    if let Err(failure) = &result {
        let (code, detail) = (failure.kind.code, &failure.detail);
        tracing::warn!(function = function.id.as_str(), code, detail, "a call by the clock failed");
    }
    let value = result.as_ref().ok().and_then(Option::as_ref);
    let returned = value.map(|of| Excerpt { of, before: 0, after: 0 });
    record.end(&spent, result.as_ref().err(), None, returned);
}
