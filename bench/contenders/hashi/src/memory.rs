//! What the memory rows of the bench ask for.

use hashi::bridge::extract::Json;

/// Bytes of linear memory; it never shrinks.
pub fn size() -> Json<usize> {
    #[cfg(target_arch = "wasm32")]
    return Json(core::arch::wasm32::memory_size(0) * 65536);
    #[cfg(not(target_arch = "wasm32"))]
    Json(0)
}

/// Ends the instance, as a fault in a handler would.
pub fn die() -> &'static str {
    panic!("the bench asked for it")
}
