//! Request ids: a random prefix per isolate and a counter.

use std::cell::{Cell, OnceCell};

thread_local! {
    static PREFIX: OnceCell<String> = const { OnceCell::new() };
    static COUNT: Cell<u32> = const { Cell::new(0) };
}

/// The next request's id.
pub fn next() -> String {
    let number = COUNT.get() + 1;
    COUNT.set(number);
    PREFIX.with(|prefix| format!("{}-{number:08x}", prefix.get_or_init(random)))
}

fn random() -> String {
    let half = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    format!("{:08x}{:08x}", half(), half())
}
