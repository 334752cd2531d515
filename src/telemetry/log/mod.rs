//! Structured logging: `tracing` events to the host's console, JSON in production, readable in development.
//!
//! Every line that is logged for a request carries its id: the entry point enters the request's number, and enters it again each time
//! the request's future is polled and leaves it when it waits, so interleaved requests never share it. It is not a span of `tracing`: a
//! span is looked up and counted each time, which every request would pay for and few would use.
mod console;
mod fields;
mod served;

use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use worker::Env;

use console::Console;
pub use served::{Inside, Served, enter, within};

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
/// What a request is called in lines, by its number.
static NAME: OnceLock<fn(u32) -> String> = OnceLock::new();

/// Installs the subscriber with the level of the variable `LOG_LEVEL` (error, warn, info, debug, trace; default info) and the format
/// of `LOG_FORMAT` (json, readable; default json). `name` makes of a request's number what lines call it.
pub fn start(env: &Env, name: fn(u32) -> String) {
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
    // Only a second start of the same instance finds the name or a subscriber there.
    let _ = NAME.set(name);
    let _ = tracing::subscriber::set_global_default(Console);
}

/// The panic hook: the panic as an error line, and in development the stack trace that only the host knows.
pub fn panicked(info: &PanicHookInfo<'_>) {
    tracing::error!(target: "panic", "{info}");
    if format() == Format::Readable {
        console_error_panic_hook::hook(info);
    }
}

fn request_name(number: u32) -> String {
    NAME.get().map_or_else(|| number.to_string(), |name| name(number))
}

fn format() -> Format {
    if READABLE.load(Ordering::Relaxed) == 1 { Format::Readable } else { Format::Json }
}
