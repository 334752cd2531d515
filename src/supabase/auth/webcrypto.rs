//! The host's WebCrypto, clock and timer: the one file here that touches JavaScript.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::futures::JsFuture;
use js_sys::{Array, Date, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Crypto, CryptoKey, EcKeyImportParams, EcdsaParams, HmacImportParams, JsonWebKey, RsaHashedImportParams,
    SubtleCrypto,
};

use super::base64url;
use super::error::{AuthError, Outage};
use super::host::Host;
use super::keys::{Key, Material};

/// The most imported keys that are kept; two issuers in the middle of a rotation have fewer.
const MAX_IMPORTED: usize = 16;

/// The JavaScript host, in a Worker or a browser.
///
/// Imported keys are kept: a `CryptoKey` belongs to the isolate, not to a request. Promises are never kept.
#[derive(Default)]
pub struct WebCrypto {
    imported: RefCell<Vec<(Rc<Key>, CryptoKey)>>,
}

impl WebCrypto {
    /// The host that this code runs in.
    pub fn new() -> WebCrypto {
        WebCrypto::default()
    }

    /// The `CryptoKey` of `key`, imported the first time.
    async fn import(&self, subtle: &SubtleCrypto, key: &Rc<Key>) -> Result<CryptoKey, AuthError> {
        let known = self.imported.borrow().iter().find(|(known, _)| Rc::ptr_eq(known, key)).map(|(_, key)| key.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        // What the host refuses here is the issuer's key, not the caller's token.
        let refused = |_: JsValue| AuthError::KeysUnavailable(Outage::Import);
        let imported = settle(start_import(subtle, key).map_err(refused)?).await.map_err(refused)?;
        let imported: CryptoKey = imported.dyn_into().map_err(refused)?;
        let mut list = self.imported.borrow_mut();
        if list.len() >= MAX_IMPORTED {
            list.remove(0);
        }
        list.push((Rc::clone(key), imported.clone()));
        Ok(imported)
    }
}

impl Host for WebCrypto {
    fn now(&self) -> u64 {
        Date::now() as u64
    }

    async fn sleep(&self, milliseconds: u32) {
        let promise = Promise::new(&mut |resolve, reject| {
            let timer = global("setTimeout").and_then(JsCast::dyn_into::<Function>);
            if timer.and_then(|timer| timer.call2(&JsValue::UNDEFINED, &resolve, &milliseconds.into())).is_err() {
                // Without a timer the caller goes on at once and gives up after its bounded number of tries.
                Reflect::apply(&reject, &JsValue::UNDEFINED, &Array::new()).ok();
            }
        });
        settle(promise).await.ok();
    }

    async fn check(&self, key: &Rc<Key>, input: &[u8], signature: &[u8]) -> Result<bool, AuthError> {
        let crypto: Crypto = global("crypto").map_err(|_| AuthError::Host)?.unchecked_into();
        let subtle = crypto.subtle();
        let imported = self.import(&subtle, key).await?;
        let algorithm: Object = match key.material() {
            Material::Es256 { .. } => EcdsaParams::new_with_str("ECDSA", "SHA-256").into(),
            Material::Hs256(_) => named("HMAC").map_err(|_| AuthError::Host)?,
            Material::Rs256 { .. } => named("RSASSA-PKCS1-v1_5").map_err(|_| AuthError::Host)?,
        };
        // Copies: the host reads them after this call, when linear memory may have moved.
        let (signature, input) = (Uint8Array::from(signature), Uint8Array::from(input));
        let verdict = subtle
            .verify_with_object_and_buffer_source_and_buffer_source(&algorithm, &imported, &signature, &input)
            .map_err(|_| AuthError::Host)?;
        settle(verdict).await.ok().and_then(|verdict| verdict.as_bool()).ok_or(AuthError::Host)
    }
}

/// Starts the import of a key for nothing but `verify`, not extractable.
fn start_import(subtle: &SubtleCrypto, key: &Key) -> Result<Promise, JsValue> {
    let usages = Array::of1(&JsValue::from_str("verify"));
    let (format, data, algorithm): (&str, Object, Object) = match key.material() {
        Material::Hs256(secret) => {
            let algorithm = HmacImportParams::new_with_str("HMAC", "SHA-256");
            ("raw", Uint8Array::from(secret.as_slice()).into(), algorithm.into())
        }
        Material::Es256 { x, y } => {
            let jwk = JsonWebKey::new("EC");
            jwk.set_crv("P-256");
            jwk.set_x(&base64url::encode(x));
            jwk.set_y(&base64url::encode(y));
            let algorithm = EcKeyImportParams::new("ECDSA");
            algorithm.set_named_curve("P-256");
            ("jwk", jwk.into(), algorithm.into())
        }
        Material::Rs256 { n, e } => {
            let jwk = JsonWebKey::new("RSA");
            jwk.set_n(&base64url::encode(n));
            jwk.set_e(&base64url::encode(e));
            let algorithm = RsaHashedImportParams::new_with_str("SHA-256");
            Reflect::set(&algorithm, &"name".into(), &"RSASSA-PKCS1-v1_5".into())?;
            ("jwk", jwk.into(), algorithm.into())
        }
    };
    subtle.import_key_with_object(format, &data, &algorithm, false, &usages).map(JsCast::unchecked_into)
}

/// `{ name }`, the parameters of an algorithm that has no others.
fn named(name: &str) -> Result<Object, JsValue> {
    let object = Object::new();
    Reflect::set(&object, &"name".into(), &name.into())?;
    Ok(object)
}

/// A property of the global object, which is a `Window` in no Worker.
fn global(name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(&js_sys::global(), &name.into())
}

async fn settle(promise: impl Into<Promise>) -> Result<JsValue, JsValue> {
    JsFuture::from(promise.into()).await
}
