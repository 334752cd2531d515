//! `cargo fuzz run meter`; what must hold is in crates/guest/tests/bytes/body.rs, shared with the stable tests.
#![no_main]

#[allow(dead_code)]
#[path = "../../crates/guest/tests/bytes/body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    body::meter(bytes);
    body::meter_random(bytes);
});
