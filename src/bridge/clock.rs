//! The host's clock.

/// Milliseconds since 1970-01-01 UTC. In production it stands still while a Worker computes: measure around awaits.
pub fn now_ms() -> f64 {
    #[cfg(target_arch = "wasm32")]
    return js_sys::Date::now();
    #[cfg(not(target_arch = "wasm32"))]
    std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64() * 1000.0)
}
