//! Digests, by the host's WebCrypto.

use wasm_bindgen::JsValue;

use super::edge::with_host;
use super::promise;

/// The SHA-256 of a text, as 64 hexadecimal digits.
///
/// # Errors
/// What the host threw, if it has no WebCrypto.
pub async fn sha256(text: &str) -> Result<String, JsValue> {
    let hex = promise::wait(&with_host(|host| host.hash_text(text))?).await?;
    hex.as_string().ok_or(hex)
}
