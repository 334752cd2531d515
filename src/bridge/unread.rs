//! Objects of stores before they are read: a thin edge over js/worker/unread.js.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::binding::{BindingError, HostBytes, ask};
use super::edge::with_host;
use super::host::Host;
use super::object::ReadObject;

#[wasm_bindgen]
extern "C" {
    #[derive(Debug)]
    type Object;

    #[wasm_bindgen(method, getter)]
    fn size(this: &Object) -> Option<f64>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Object, sha256: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method)]
    fn leave(this: &Object);
}

/// An object that is there, and of which nothing is read. Dropping it leaves it so.
#[derive(Debug)]
pub struct Unread(Object);

/// What the host promised of one. Dropped before that came, it leaves it so when it comes.
struct Coming(Option<Promise>);

impl Drop for Coming {
    fn drop(&mut self) {
        let Some(promise) = self.0.take() else { return };
        // Without a shim nothing was promised.
        let _ = with_host(|host| {
            host.let_go(&promise);
            Ok(())
        });
    }
}

/// What `call` asks the host for: one, or what is said in its place. Nobody may wait for it any more when it comes.
pub(super) async fn find(
    what: &'static str,
    call: impl FnOnce(&Host) -> Result<Promise, JsValue>,
) -> Result<JsValue, BindingError> {
    let mut coming = Coming(None);
    let asked = |host: &Host| call(host).inspect(|promise| coming.0 = Some(promise.clone()));
    let told = ask(what, asked).await;
    coming.0 = None;
    told
}

impl Unread {
    /// What the host gave for one, or nothing.
    pub(super) fn told(object: JsValue) -> Option<Unread> {
        (!object.is_undefined()).then(|| Unread(object.unchecked_into()))
    }

    /// How many bytes it has, if the store says it.
    pub fn size(&self) -> Option<u64> {
        self.0.size().map(|size| size as u64)
    }

    /// Reads it whole and checks its hash.
    pub async fn read(self, sha256: &str) -> Result<ReadObject, BindingError> {
        let read = ask("object store", |_| self.0.read(sha256)).await?;
        Ok(ReadObject::read(read, HostBytes::told))
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.0.leave();
    }
}
