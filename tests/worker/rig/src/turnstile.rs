//! Requests that let one another through.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use hashi::bridge::clock;
use hashi::bridge::promise::{self, Signal};

/// How long a request waits for another to come.
const WAIT: Duration = Duration::from_secs(5);

thread_local! {
    /// Lets the request through that came last.
    static LAST: RefCell<Option<Signal>> = RefCell::default();
    /// How many waited in vain.
    static LATE: Cell<u32> = const { Cell::new(0) };
}

/// Waits for the next request to come, and lets the one before through; says `late` if none came.
pub async fn pass() -> &'static str {
    let (signal, told) = promise::signal();
    if let Some(before) = LAST.replace(Some(signal)) {
        before.send();
    }
    match clock::within(WAIT, told).await {
        Some(_) => "through",
        None => {
            LATE.set(LATE.get() + 1);
            "late"
        }
    }
}

/// How many were let through by nobody.
pub fn late() -> String {
    LATE.get().to_string()
}
