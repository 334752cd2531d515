//! Modules that are made to cost more than they weigh. Each is refused by the name of a limit, before much has been done for it.
#![allow(clippy::unwrap_used, missing_docs)]

mod component;
mod core;
mod host;

use std::time::{Duration, Instant};

use hashi_guest::{PlatformLimits, Refusal, check};

/// What an upload that is refused may cost, in an unoptimised build.
const MOST: Duration = Duration::from_millis(200);

/// Checks that the bytes are refused by this limit, and fast; of three attempts the best counts, because other work shares the cores.
#[track_caller]
pub fn refused(bytes: &[u8], limit: &str) {
    let refusal = fast(bytes).unwrap_err();
    assert_eq!(refusal.code(), "limit_exceeded", "{refusal}");
    assert!(refusal.to_string().starts_with(limit), "{refusal}");
    assert!(refusal.to_string().len() < 300, "{refusal}");
}

/// Checks bytes, and that the answer comes fast.
#[track_caller]
pub fn fast(bytes: &[u8]) -> Result<(), Refusal> {
    let mut best = Duration::MAX;
    let mut answer = Ok(());
    for _ in 0..3 {
        let start = Instant::now();
        answer = check(bytes, &PlatformLimits::default()).map(|_| ());
        best = best.min(start.elapsed());
        if best < MOST {
            break;
        }
    }
    println!("{} bytes: {best:?}: {answer:?}", bytes.len());
    assert!(best < MOST, "{best:?} for {} bytes: {answer:?}", bytes.len());
    answer
}
