//! Web Locks: held to be seen, and waited for to see somebody's end. (web-sys has them only behind a flag of the whole build.)

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["navigator", "locks"], js_name = request)]
    fn request_with(name: &str, options: &Object, granted: &JsValue) -> Promise;

    #[wasm_bindgen(js_namespace = ["navigator", "locks"])]
    fn query() -> Promise;
}

thread_local! {
    static NOTHING: Closure<dyn Fn()> = Closure::new(|| {});
}

/// A lock that is held.
pub struct Held {
    /// Frees it.
    pub free: Function,
    /// Settles when it is free.
    over: Promise,
}

impl Held {
    /// Waits until it is free.
    pub async fn over(&self) {
        // However it came free.
        let _settled = JsFuture::from(self.over.clone()).await;
    }
}

/// Takes a lock; resolves when it is held, to what frees it.
pub async fn hold(name: &str) -> Result<Function, JsValue> {
    take(name, &Object::new()).await.map(|held| held.free)
}

/// Waits in line for a lock until `signal`. (Chromium leaves a request unsettled whose signal aborts in the moment in which it is made.)
pub async fn queue(name: &str, signal: &AbortSignal) -> Result<Held, JsValue> {
    take(name, &until(signal)?).await
}

fn until(signal: &AbortSignal) -> Result<Object, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"signal".into(), signal)?;
    Ok(options)
}

async fn take(name: &str, options: &Object) -> Result<Held, JsValue> {
    let (mut free, mut requested) = (None, None);
    let held = Promise::new(&mut |resolve, _| free = Some(resolve));
    let granted = Promise::new(&mut |resolve, _| {
        let held = held.clone();
        let granted = Closure::once_into_js(move || {
            resolve.call0(&JsValue::UNDEFINED)?;
            Ok::<_, JsValue>(held)
        });
        requested = Some(request_with(name, options, &granted));
    });
    let (Some(free), Some(over)) = (free, requested) else { return Err(JsValue::UNDEFINED) };
    // The request settles with the lock's end, or with why it can't be had.
    JsFuture::from(Promise::race(&Array::of2(&granted, &over))).await?;
    Ok(Held { free, over })
}

/// Resolves when whoever holds a lock is gone, to whether `signal` has not ended the wait before.
pub async fn outlive(name: &str, signal: &AbortSignal) -> bool {
    let Ok(options) = until(signal) else { return false };
    if Reflect::set(&options, &"mode".into(), &"shared".into()).is_err() {
        return false;
    }
    let nothing = NOTHING.with(|nothing| nothing.as_ref().clone());
    JsFuture::from(request_with(name, &options, &nothing)).await.is_ok() && !signal.aborted()
}

/// Whether some tab holds a lock.
pub async fn is_held(name: &str) -> bool {
    all_held().await.iter().any(|lock| name_of(&lock).is_some_and(|held| held == name))
}

/// All locks that are held.
pub async fn all_held() -> Array {
    let Ok(snapshot) = JsFuture::from(query()).await else { return Array::new() };
    Array::from(&Reflect::get(&snapshot, &"held".into()).unwrap_or_default())
}

/// The name of one of those.
pub fn name_of(lock: &JsValue) -> Option<String> {
    Reflect::get(lock, &"name".into()).ok()?.as_string()
}
