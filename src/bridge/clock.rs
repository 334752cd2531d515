//! The host's clock, timer and dice.

use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use wasm_bindgen::UnwrapThrowExt;

/// Milliseconds since 1970-01-01 UTC. In production it stands still while a Worker computes: measure around awaits.
pub fn now_ms() -> f64 {
    #[cfg(target_arch = "wasm32")]
    return js_sys::Date::now();
    #[cfg(not(target_arch = "wasm32"))]
    std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, ms)
}

/// Milliseconds since `then`, a time of [`now_ms`]; none if the host's clock was set back in between.
pub fn since_ms(then: f64) -> f64 {
    (now_ms() - then).max(0.0)
}

/// A duration as the clock counts, in milliseconds.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The time from now until `at_ms` of the host's clock; none if that is past.
pub fn until(at_ms: f64) -> Duration {
    Duration::from_secs_f64((at_ms - now_ms()).max(0.0) / 1000.0)
}

/// Comes back after `duration`, in the context of the request that asked.
pub async fn sleep(duration: Duration) {
    worker::Delay::from(duration).await;
}

/// What `future` comes to, if it does within `limit`; it is dropped otherwise.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep(limit))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// A number from 0 up to 1, good enough for jitter and for nothing else.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// A random UUID (RFC 9562, version 4), from the host's secure source.
///
/// The host is asked for the bytes of many at once, not by a name and a text for each.
pub fn uuid() -> String {
    POOL.with_borrow_mut(|pool| {
        if pool.len() < 16 {
            pool.resize(AT_ONCE * 16, 0);
            let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into()).unwrap_or_default();
            let crypto: web_sys::Crypto = wasm_bindgen::JsCast::unchecked_into(crypto);
            // Every host gives as many as these; one that doesn't has no ids to give.
            crypto.get_random_values_with_u8_array(pool).expect_throw("the host has no random numbers");
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&pool.split_off(pool.len() - 16));
        version_4(bytes)
    })
}

/// How many UUIDs are made of one question.
const AT_ONCE: usize = 64;

thread_local! {
    static POOL: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn version_4(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_says_its_version() {
        assert_eq!(version_4([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(version_4([255; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let counted = std::array::from_fn(|at| at as u8);
        assert_eq!(version_4(counted), "00010203-0405-4607-8809-0a0b0c0d0e0f");
    }
}
