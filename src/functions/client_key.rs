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

    /// The same for a request that asks for `asked`; `None` if the host can't compute its hash.
    pub async fn keyed(&self, asked: &str) -> Option<Keyed<'_>> {
        Some(Keyed { key: self, hash: digest::sha256(asked).await.ok()? })
    }
}

/// A key, and the hash of what the request asks for that came with it.
#[derive(Clone, Debug)]
pub struct Keyed<'a> {
    key: &'a ClientKey,
    /// A SHA-256, in hexadecimal.
    pub hash: String,
}

impl Keyed<'_> {
    /// The same for a store.
    pub fn of_store(&self) -> IdempotencyKey<'_> {
        IdempotencyKey { caller: &self.key.caller, key: &self.key.key, request: &self.hash }
    }
}
