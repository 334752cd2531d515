//! What verification needs from the world around it.

use std::rc::Rc;

use super::error::AuthError;
use super::keys::Key;

/// The host: its clock, its timer and its cryptography. In a Worker this is [`WebCrypto`](super::WebCrypto).
pub trait Host {
    /// Milliseconds since 1970.
    fn now(&self) -> u64;

    /// Comes back after about `milliseconds`, in the context of the request that asked.
    fn sleep(&self, milliseconds: u32) -> impl Future<Output = ()>;

    /// Whether `signature` is `key`'s signature over `input`. An error says that the host can't tell.
    fn check(&self, key: &Rc<Key>, input: &[u8], signature: &[u8]) -> impl Future<Output = Result<bool, AuthError>>;
}

/// Fetches key sets: the transport that the caller injects.
///
/// Implemented for closures, so `|url: String| async move { … }` will do. The transport sets its own deadline, follows no
/// redirect to another host, reads little more than [`MAX_SET_BYTES`](super::key_set::MAX_SET_BYTES), and logs why it
/// failed. In a Worker it should hand its promise to `ctx.waitUntil`, so that a client that hangs up does not take the
/// fetch with it; where it does, another request takes over after [`Timing::lease`](super::jwks::Timing::lease).
pub trait FetchKeys {
    /// Fetches `url` and gives the status and the body of the answer.
    fn fetch(&self, url: &str) -> impl Future<Output = Result<(u16, Vec<u8>), NoAnswer>>;
}

/// A request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer;

impl<F, A> FetchKeys for F
where
    F: Fn(String) -> A,
    A: Future<Output = Result<(u16, Vec<u8>), NoAnswer>>,
{
    fn fetch(&self, url: &str) -> impl Future<Output = Result<(u16, Vec<u8>), NoAnswer>> {
        self(url.to_owned())
    }
}
