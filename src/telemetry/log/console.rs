//! The subscriber: what `tracing` says becomes lines of the host's console.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;

use super::fields::Fields;
use super::{Format, MAX_LEVEL, format};

/// Writes events to the host's console.
pub(super) struct Console;

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

#[cfg(test)]
mod tests {
    use super::super::enter;
    use super::*;

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
