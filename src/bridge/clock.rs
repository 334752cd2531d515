//! The host's clock, timer and dice.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

/// Milliseconds since 1970-01-01 UTC. In production it stands still while a Worker computes: measure around awaits.
pub fn now_ms() -> f64 {
    #[cfg(target_arch = "wasm32")]
    return js_sys::Date::now();
    #[cfg(not(target_arch = "wasm32"))]
    std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64() * 1000.0)
}

/// Milliseconds since `then`, a time of [`now_ms`]; none if the host's clock was set back in between.
pub fn since_ms(then: f64) -> f64 {
    (now_ms() - then).max(0.0)
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
pub fn uuid() -> String {
    let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into()).unwrap_or_default();
    wasm_bindgen::JsCast::unchecked_into::<web_sys::Crypto>(crypto).random_uuid()
}
