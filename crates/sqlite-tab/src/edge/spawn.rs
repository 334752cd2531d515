//! Work that goes on while nobody waits for it.

use std::pin::Pin;

/// Begins it. Boxed here, so that what runs it is in the wasm once, and not once for each future.
pub fn spawn_local(work: impl Future<Output = ()> + 'static) {
    spawn(Box::pin(work));
}

#[inline(never)]
fn spawn(work: Pin<Box<dyn Future<Output = ()>>>) {
    wasm_bindgen_futures::spawn_local(work);
}
