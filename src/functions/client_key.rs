//! Keys that clients choose, so that a request that is repeated happens once.

use super::caller::Caller;
use super::store::IdempotencyKey;
use crate::bridge::digest;

/// The key that a request came with, and who sent it.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// Who sent it.
    pub caller: String,
    /// What they chose.
    pub key: String,
}

impl ClientKey {
    /// What `caller` chose; `None` if it is not 1 to 255 printable ASCII characters.
    pub fn parse(key: String, caller: &Caller) -> Option<ClientKey> {
        let is_one = (1..=255).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let caller = caller.user().map_or_else(|| "service".to_owned(), |user| format!("user:{}", user.as_str()));
        is_one.then_some(ClientKey { caller, key })
    }

    /// The same for a request that asks for what `hash` is the hash of.
    pub fn with<'a>(&'a self, hash: &'a str) -> IdempotencyKey<'a> {
        IdempotencyKey { caller: &self.caller, key: &self.key, request: hash }
    }
}

/// The SHA-256 of what a request asks for, in hexadecimal; `None` if the host can't compute it.
pub async fn hash(asked: &str) -> Option<String> {
    digest::sha256(asked).await.ok()
}
