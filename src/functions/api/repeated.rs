//! Requests that a client repeats: `Idempotency-Key`.

use serde::de::DeserializeOwned;

use super::visit::Visit;
use crate::bridge::{Kind, Problem, Response};
use crate::functions::caller::Caller;
use crate::functions::client_key::{ClientKey, Keyed};
use crate::functions::store::{Answered, Store};

/// The key of the request, if it has one.
pub(super) fn key(visit: &Visit, caller: &Caller) -> Result<Option<ClientKey>, Problem> {
    let Some(key) = visit.request.header("idempotency-key") else { return Ok(None) };
    let key = ClientKey::parse(key, caller).ok_or_else(|| {
        let detail = "idempotency-key: expected 1 to 255 printable ASCII characters";
        Problem::new(Kind::INVALID_PARAMETER).with_detail(detail)
    })?;
    Ok(Some(key))
}

/// A request that may have been answered before: by what it asked for, not by how.
pub(super) struct Repeated {
    key: Option<ClientKey>,
    before: Option<Answered>,
}

impl Repeated {
    /// Looks for what was answered to the request's key.
    pub(super) async fn look(visit: &Visit, caller: &Caller, store: &impl Store) -> Result<Repeated, Problem> {
        let key = key(visit, caller)?;
        let before = match &key {
            Some(ClientKey { caller, key }) => store.answered(caller, key).await?,
            None => None,
        };
        Ok(Repeated { key, before })
    }

    /// The key that the request came with.
    pub(super) fn key(&self) -> Option<&ClientKey> {
        self.key.as_ref()
    }

    /// Whether a request came with this key before; whether it was this one is still to be seen.
    pub(super) fn is_one(&self) -> bool {
        self.before.is_some()
    }

    /// What was answered to it, if it asked for the same as this does.
    pub(super) fn answer<T: DeserializeOwned>(&self, keyed: Option<&Keyed<'_>>) -> Result<Option<T>, Problem> {
        Ok(self.before.as_ref().zip(keyed).map(|(before, keyed)| before.to(&keyed.hash)).transpose()?)
    }
}

/// Says that a response is that of a request of before.
pub(super) fn replayed(response: Response) -> Response {
    response.with_header("idempotent-replayed", "true")
}

/// The key of a request that asks for `asked`, if it has one.
pub(super) async fn keyed<'a>(key: Option<&'a ClientKey>, asked: &str) -> Result<Option<Keyed<'a>>, Problem> {
    let Some(key) = key else { return Ok(None) };
    key.keyed(asked).await.ok_or_else(|| Problem::new(Kind::INTERNAL)).map(Some)
}
