//! Everything that a guest may try and may not get, one export each.

wit_bindgen::generate!({ path: ["../../wit", "wit"], world: "example:misbehave/misbehave", generate_all });

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use edge::runtime::http_outbound::fetch;
use edge::runtime::http_types::{Method, Request};
use edge::runtime::logging;

struct Misbehave;

/// What an instance remembers from one call to the next, if it lives that long: a page of it, so that a function that may have one page can't begin.
static CALLS: [AtomicU32; 16_384] = [const { AtomicU32::new(0) }; 16_384];

impl Guest for Misbehave {
    fn loop_forever() {
        let mut steps = 0u64;
        loop {
            steps = black_box(steps.wrapping_add(1));
        }
    }

    fn grow_memory() -> u32 {
        grow()
    }

    fn recurse_forever() -> u32 {
        deeper(1)
    }

    fn flood_logs(lines: u32, bytes: u32) {
        let line = "x".repeat(bytes as usize);
        (0..lines).for_each(|_| logging::error(&line));
    }

    fn trap(death: Death) {
        match death {
            Death::Unreachable => unreachable(),
            Death::DivideByZero => divide_by_zero(),
            Death::OutOfBounds => out_of_bounds(),
            Death::NullCall => null_call(),
            Death::Panic => {
                std::panic::set_hook(Box::new(|info| logging::error(&info.to_string())));
                panic!("at my own hand");
            }
        }
    }

    fn call(uri: String) -> Result<u16, HttpError> {
        get(uri, None)
    }

    fn call_often(uri: String, times: u32) -> u32 {
        (0..times).map(|_| u32::from(Self::call(uri.clone()).is_ok())).sum()
    }

    fn call_briefly(uri: String, times: u32, ms: u32) -> u32 {
        (0..times).map(|_| u32::from(get(uri.clone(), Some(ms)).is_ok())).sum()
    }

    fn answer_at_length(bytes: u32) -> Vec<u8> {
        vec![b'x'; bytes as usize]
    }

    fn calls_before() -> u32 {
        // Hidden, so that the linker leaves the others where they are.
        CALLS[black_box(0)].fetch_add(1, Ordering::Relaxed)
    }

    fn fail(message: String) -> Result<(), String> {
        Err(message)
    }
}

fn get(uri: String, timeout_ms: Option<u32>) -> Result<u16, HttpError> {
    let request = Request { method: Method::Get, uri, headers: Vec::new(), body: None, timeout_ms };
    fetch(&request).map(|response| response.status)
}

/// Calls itself for ever; what comes after the call keeps it from becoming a loop.
#[inline(never)]
#[allow(unconditional_recursion, reason = "that is what it is for")]
fn deeper(level: u32) -> u32 {
    black_box(deeper(black_box(level.wrapping_add(1)))).wrapping_add(level)
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32;
    use std::hint::black_box;

    /// Takes page after page.
    pub fn grow() -> u32 {
        while wasm32::memory_grow(0, 1) != usize::MAX {}
        wasm32::memory_size(0) as u32
    }

    pub fn unreachable() {
        wasm32::unreachable()
    }

    pub fn divide_by_zero() {
        // Both hidden: LLVM divides 1 by comparing.
        let (one, zero) = (black_box(1), black_box(0));
        // SAFETY: none, on purpose. Rust checks divisors; without its check the machine's own is what fails, and that one is to be seen.
        unsafe { std::hint::assert_unchecked(zero != 0) };
        black_box(one / zero);
    }

    pub fn out_of_bounds() {
        let past = black_box(wasm32::memory_size(0) * 65_536 - 1) as *const u64;
        // SAFETY: none, on purpose: seven of the eight bytes lie past the end of memory.
        black_box(unsafe { past.read_unaligned() });
    }

    pub fn null_call() {
        // SAFETY: none, on purpose: the linker leaves place 0 of the table empty, so that a null pointer calls nothing.
        let nothing: extern "C" fn() = unsafe { std::mem::transmute(black_box(0usize)) };
        nothing();
    }
}

/// The same names where tests and lints compile the crate for another machine; nobody calls it there.
#[cfg(not(target_arch = "wasm32"))]
mod wasm {
    pub fn grow() -> u32 {
        0
    }
    pub fn unreachable() {}
    pub fn divide_by_zero() {}
    pub fn out_of_bounds() {}
    pub fn null_call() {}
}

use wasm::{divide_by_zero, grow, null_call, out_of_bounds, unreachable};

export!(Misbehave);
