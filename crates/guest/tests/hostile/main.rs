//! Modules that are made to cost more than they weigh. Each is refused by the name of a limit, before much has been done for it.
#![allow(clippy::unwrap_used, missing_docs)]

mod component;
mod core;
mod host;

use std::fs;
use std::time::{Duration, Instant};

use hashi_guest::{PlatformLimits, Refusal, check};

/// What an upload that is refused may cost, in an unoptimised build.
const MOST: Duration = Duration::from_millis(200);

/// A clock of the time that this thread computes, or of all time where the system doesn't count it.
fn clock() -> impl Fn() -> Duration {
    let computed = || {
        let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(Duration::from_nanos(stat.split(' ').next()?.parse().ok()?)).filter(|time| !time.is_zero())
    };
    let (began, start) = (computed(), Instant::now());
    move || began.zip(computed()).map_or_else(|| start.elapsed(), |(began, now)| now - began)
}

/// Checks that the bytes are refused by this limit, and fast.
#[track_caller]
pub fn refused(bytes: &[u8], limit: &str) {
    let refusal = fast(bytes).unwrap_err();
    assert_eq!(refusal.code(), "limit_exceeded", "{refusal}");
    assert!(refusal.to_string().starts_with(limit), "{refusal}");
    assert!(refusal.to_string().len() < 300, "{refusal}");
}

/// Checks bytes, and that the answer comes fast; of three attempts the best counts, because other work shares the cores and their caches.
#[track_caller]
pub fn fast(bytes: &[u8]) -> Result<(), Refusal> {
    let mut best = Duration::MAX;
    let mut answer = Ok(());
    for _ in 0..3 {
        let spent = clock();
        answer = check(bytes, &PlatformLimits::default()).map(|_| ());
        best = best.min(spent());
        if best < MOST {
            break;
        }
    }
    println!("{} bytes: {best:?}: {answer:?}", bytes.len());
    assert!(best < MOST, "{best:?} for {} bytes: {answer:?}", bytes.len());
    answer
}
