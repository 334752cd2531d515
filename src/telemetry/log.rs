//! Structured logging: `tracing` events to the host's console, JSON in production, readable in development.
//!
//! Every line that is logged for a request carries its id: the entry point enters the request's number, and enters it again each time
//! the request's future is polled and leaves it when it waits, so interleaved requests never share it. It is not a span of `tracing`: a
//! span is looked up and counted each time, which every request would pay for and few would use.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::{self, Write};
use std::future::{self, Future};
use std::panic::PanicHookInfo;
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;
use worker::Env;

/// How lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Json,
    /// For a person at a terminal; panics come with a stack trace.
    Readable,
}

/// The level up to which events are logged, as a number: 1 is `error`, 5 is `trace`.
static MAX_LEVEL: AtomicU8 = AtomicU8::new(3);
static READABLE: AtomicU8 = AtomicU8::new(0);

/// Installs the subscriber with the level of the variable `LOG_LEVEL` (error, warn, info, debug, trace; default info) and the format
/// of `LOG_FORMAT` (json, readable; default json).
pub fn start(env: &Env) {
    let var = |name: &str| env.var(name).ok().map(|value| value.to_string());
    let level = match var("LOG_LEVEL").as_deref() {
        Some("error") => 1,
        Some("warn") => 2,
        Some("debug") => 4,
        Some("trace") => 5,
        _ => 3,
    };
    MAX_LEVEL.store(level, Ordering::Relaxed);
    READABLE.store(u8::from(var("LOG_FORMAT").as_deref() == Some("readable")), Ordering::Relaxed);
    // Only a second start of the same instance finds one installed.
    let _ = tracing::subscriber::set_global_default(Console);
}

/// The panic hook: the panic as an error line, and in development the stack trace that only the host knows.
pub fn panicked(info: &PanicHookInfo<'_>) {
    tracing::error!(target: "panic", "{info}");
    if format() == Format::Readable {
        console_error_panic_hook::hook(info);
    }
}

fn format() -> Format {
    if READABLE.load(Ordering::Relaxed) == 1 { Format::Readable } else { Format::Json }
}

fn rank(level: &Level) -> u8 {
    match *level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

/// Writes events to the host's console.
struct Console;

#[derive(Default)]
struct Spans {
    open: HashMap<u64, Span>,
    entered: Vec<u64>,
    last: u64,
}

struct Span {
    metadata: &'static Metadata<'static>,
    fields: Fields,
    handles: usize,
}

thread_local! {
    static SPANS: RefCell<Spans> = RefCell::default();
    /// The number of the request that is served at this moment.
    static REQUEST: Cell<Option<u32>> = const { Cell::new(None) };
}

/// While it lives, lines are the request's; when it goes, what was before is restored.
pub struct Inside(Option<u32>);

/// Makes the request `number` the one whose lines are logged.
pub fn enter(number: u32) -> Inside {
    Inside(REQUEST.replace(Some(number)))
}

impl Drop for Inside {
    fn drop(&mut self) {
        REQUEST.set(self.0);
    }
}

/// The same future, with the request `number` entered whenever it is polled.
pub async fn within<T>(number: u32, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    future::poll_fn(|context| {
        let _inside = enter(number);
        future.as_mut().poll(context)
    })
    .await
}

impl Subscriber for Console {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        rank(metadata.level()) <= MAX_LEVEL.load(Ordering::Relaxed)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        SPANS.with_borrow_mut(|spans| {
            let parent = attributes.parent().map(Id::into_u64);
            let inherited = if attributes.is_contextual() { spans.entered.last().copied() } else { parent };
            if let Some(parent) = inherited.and_then(|id| spans.open.get(&id)) {
                fields.inherit(&parent.fields);
            }
            fields.enter();
            spans.last += 1;
            spans.open.insert(spans.last, Span { metadata: attributes.metadata(), fields, handles: 1 });
            Id::from_u64(spans.last)
        })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        SPANS.with_borrow_mut(|spans| {
            if let Some(span) = spans.open.get_mut(&id.into_u64()) {
                values.record(&mut span.fields);
            }
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        SPANS.with_borrow(|spans| {
            if let Some(span) = spans.entered.last().and_then(|id| spans.open.get(id)) {
                fields.inherit(&span.fields);
            }
        });
        fields.enter();
        let level = event.metadata().level();
        let line = match format() {
            Format::Json => fields.json(level, event.metadata().target()),
            Format::Readable => fields.readable(level, event.metadata().target()),
        };
        write_line(level, &line);
    }

    fn enter(&self, id: &Id) {
        SPANS.with_borrow_mut(|spans| spans.entered.push(id.into_u64()));
    }

    fn exit(&self, id: &Id) {
        SPANS.with_borrow_mut(|spans| {
            if let Some(at) = spans.entered.iter().rposition(|entered| *entered == id.into_u64()) {
                spans.entered.remove(at);
            }
        });
    }

    fn current_span(&self) -> Current {
        SPANS.with_borrow(|spans| {
            let id = spans.entered.last().copied();
            match id.and_then(|id| Some((id, spans.open.get(&id)?))) {
                Some((id, span)) => Current::new(Id::from_u64(id), span.metadata),
                None => Current::none(),
            }
        })
    }

    fn clone_span(&self, id: &Id) -> Id {
        SPANS.with_borrow_mut(|spans| {
            if let Some(span) = spans.open.get_mut(&id.into_u64()) {
                span.handles += 1;
            }
        });
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        SPANS.with_borrow_mut(|spans| {
            let Some(span) = spans.open.get_mut(&id.into_u64()) else { return false };
            span.handles -= 1;
            let closed = span.handles == 0;
            if closed {
                spans.open.remove(&id.into_u64());
            }
            closed
        })
    }
}

fn write_line(level: &Level, line: &str) {
    #[cfg(target_arch = "wasm32")]
    {
        let line = wasm_bindgen::JsValue::from_str(line);
        match *level {
            Level::ERROR => web_sys::console::error_1(&line),
            Level::WARN => web_sys::console::warn_1(&line),
            _ => web_sys::console::log_1(&line),
        }
    }
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{level} {line}");
}

/// The fields of an event or a span, rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Fields {
    request: Option<u64>,
    message: String,
    /// Names with JSON values.
    rest: Vec<(&'static str, String)>,
}

impl Fields {
    /// Takes over what a span says, unless it is said here.
    fn inherit(&mut self, outer: &Fields) {
        self.request = self.request.or(outer.request);
        for (name, value) in &outer.rest {
            if self.rest.iter().all(|(known, _)| known != name) {
                self.rest.push((name, value.clone()));
            }
        }
    }

    /// Belongs to the request that is served, unless to another one already.
    fn enter(&mut self) {
        self.request = self.request.or(REQUEST.get().map(u64::from));
    }

    fn put(&mut self, field: &Field, json: String) {
        self.rest.push((field.name(), json));
    }

    fn request_id(&self) -> Option<String> {
        self.request.map(|number| crate::bridge::edge::request_id(number as u32).to_string())
    }

    fn json(&self, level: &Level, target: &str) -> String {
        let mut line = format!("{{\"level\":{},\"target\":{}", quoted(&level.as_str().to_lowercase()), quoted(target));
        if let Some(id) = self.request_id() {
            line.push_str(&format!(",\"request_id\":{}", quoted(&id)));
        }
        line.push_str(&format!(",\"message\":{}", quoted(&self.message)));
        for (name, value) in &self.rest {
            line.push_str(&format!(",{}:{value}", quoted(name)));
        }
        line.push('}');
        line
    }

    fn readable(&self, level: &Level, target: &str) -> String {
        let mut line = format!("{level:>5} {target}: {}", self.message);
        for (name, value) in &self.rest {
            line.push_str(&format!(" {name}={value}"));
        }
        if let Some(id) = self.request_id() {
            line.push_str(&format!(" [{id}]"));
        }
        line
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "request" {
            self.request = Some(value);
        } else {
            self.put(field, value.to_string());
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.to_string());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, if value.is_finite() { value.to_string() } else { "null".to_owned() });
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.to_string());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.put(field, quoted(value));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing into a String can't fail.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.put(field, quoted(&format!("{value:?}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{self, Poll, Waker};

    #[test]
    fn a_line_is_json_whatever_its_fields_hold() {
        let mut fields =
            Fields { request: Some(7), message: "a \"quoted\"\nline".into(), rest: vec![("path", quoted("/\u{1}"))] };
        fields.inherit(&Fields {
            request: Some(8),
            message: "outer".into(),
            rest: vec![("path", "1".into()), ("x", "2".into())],
        });
        let line: serde_json::Value = serde_json::from_str(&fields.json(&Level::WARN, "t")).expect("a line is JSON");
        assert_eq!(
            line,
            serde_json::json!({"level": "warn", "target": "t", "request_id": "unstarted-00000007",
                "message": "a \"quoted\"\nline", "path": "/\u{1}", "x": 2})
        );
    }

    #[test]
    fn interleaved_futures_log_for_their_own_request() {
        let logged = || {
            let mut fields = Fields::default();
            fields.enter();
            fields.request
        };
        let noop = || task::Context::from_waker(Waker::noop());
        let wait_once = || {
            let mut waited = false;
            future::poll_fn(move |_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending })
        };
        let two_steps = |number| {
            Box::pin(within(number, async move {
                let before = logged();
                wait_once().await;
                (before, logged())
            }))
        };
        let (mut first, mut second) = (two_steps(1), two_steps(2));
        assert!(first.as_mut().poll(&mut noop()).is_pending());
        assert_eq!(logged(), None, "a request that waits is left");
        assert!(second.as_mut().poll(&mut noop()).is_pending());
        assert_eq!(first.as_mut().poll(&mut noop()), Poll::Ready((Some(1), Some(1))));
        assert_eq!(second.as_mut().poll(&mut noop()), Poll::Ready((Some(2), Some(2))));
        let _outer = enter(7);
        {
            let _inner = enter(8);
            assert_eq!(logged(), Some(8));
        }
        assert_eq!(logged(), Some(7), "leaving restores what was before");
    }

    #[test]
    fn a_span_takes_its_request_along() {
        tracing::subscriber::with_default(Console, || {
            let span = {
                let _inside = enter(3);
                tracing::error_span!("step", step = 1u32)
            };
            span.in_scope(|| {
                let spans = SPANS.with_borrow(|spans| spans.entered.last().map(|id| spans.open[id].fields.request));
                assert_eq!(spans, Some(Some(3)), "work that outlives the request is still logged for it");
            });
        });
    }

    #[test]
    fn interleaved_spans_keep_their_own_request() {
        let current = || {
            SPANS.with_borrow(|spans| {
                spans.entered.last().and_then(|id| spans.open.get(id)).and_then(|span| span.fields.request)
            })
        };
        tracing::subscriber::with_default(Console, || {
            let (first, second) =
                (tracing::error_span!("request", request = 1u32), tracing::error_span!("request", request = 2u32));
            first.in_scope(|| assert_eq!(current(), Some(1)));
            second.in_scope(|| {
                assert_eq!(current(), Some(2));
                tracing::error_span!("inner", step = "x")
                    .in_scope(|| assert_eq!(current(), Some(2), "an inner span inherits"));
            });
            first.in_scope(|| assert_eq!(current(), Some(1)));
            assert_eq!(current(), None);
            let later = second.in_scope(tracing::Span::current);
            later.in_scope(|| assert_eq!(current(), Some(2), "work that is put off can keep its request"));
            drop((first, second, later));
            SPANS.with_borrow(|spans| assert!(spans.open.is_empty(), "closed spans are forgotten"));
        });
    }
}
