//! Requests that a client repeats: `Idempotency-Key`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::visit::Visit;
use crate::bridge::{Kind, Problem, Response, digest};
use crate::functions::caller::Caller;
use crate::functions::store::{Answered, IdempotencyKey, Store};

/// The key that a request came with.
pub(super) struct Key {
    caller: String,
    key: String,
}

impl Key {
    /// That of the request, if it has one.
    pub(super) fn of(visit: &Visit, caller: &Caller) -> Result<Option<Key>, Problem> {
        let Some(key) = visit.request.header("idempotency-key") else { return Ok(None) };
        if !(1..=255).contains(&key.len()) || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let detail = "idempotency-key: expected 1 to 255 printable ASCII characters";
            return Err(Problem::new(Kind::INVALID_PARAMETER).with_detail(detail));
        }
        let caller = caller.user().map_or_else(|| "service".to_owned(), |user| format!("user:{}", user.as_str()));
        Ok(Some(Key { caller, key }))
    }

    /// The same with the hash of what was sent.
    pub(super) fn with<'a>(&'a self, request: &'a str) -> IdempotencyKey<'a> {
        IdempotencyKey { caller: &self.caller, key: &self.key, request }
    }
}

/// A request that may have been answered before: by what it asked for, not by how.
pub(super) struct Repeated {
    key: Option<Key>,
    before: Option<Answered>,
}

impl Repeated {
    /// Looks for what was answered to the request's key.
    pub(super) async fn look(visit: &Visit, caller: &Caller, store: &impl Store) -> Result<Repeated, Problem> {
        let key = Key::of(visit, caller)?;
        let before = match &key {
            Some(Key { caller, key }) => store.answered(caller, key).await?,
            None => None,
        };
        Ok(Repeated { key, before })
    }

    /// Whether a request came with this key before; whether it was this one is still to be seen.
    pub(super) fn is_one(&self) -> bool {
        self.before.is_some()
    }

    /// What was answered to it, if it asked for the same.
    pub(super) async fn answer<T: DeserializeOwned>(&self, asked: &str) -> Result<Option<T>, Problem> {
        let Some(before) = &self.before else { return Ok(None) };
        Ok(Some(before.to(&hash(asked).await?)?))
    }

    /// Keeps what is answered now; the answer stands if that fails.
    pub(super) async fn keep(&self, store: &impl Store, asked: &str, answer: &impl Serialize) {
        let Some(key) = &self.key else { return };
        let (Ok(hash), Ok(answer)) = (hash(asked).await, serde_json::to_string(answer)) else { return };
        if let Err(error) = store.keep_answer(&key.with(&hash), &answer).await {
            tracing::warn!(%error, "an idempotency key is not kept");
        }
    }
}

/// Says that a response is that of a request of before.
pub(super) fn replayed(response: Response) -> Response {
    response.with_header("idempotent-replayed", "true")
}

/// The SHA-256 of what a request asks for.
pub(super) async fn hash(asked: &str) -> Result<String, Problem> {
    digest::sha256(asked).await.map_err(|_| Problem::new(Kind::INTERNAL))
}
