//! Where answers are kept: the Workers Cache API of this location, and behind it, if it is bound as `CACHE_KV`, a Workers KV namespace
//! that all locations share.
//!
//! A store that fails is a store that has nothing: it is logged, and the request goes on.

use std::collections::HashMap;

use worker::kv::KvStore;

use crate::bridge::host::HostBody;
use crate::bridge::{Body, Context, edge};

use super::Freshness;
use super::entry::{Fresh, Kept, Meta};

/// The name of the binding of the second level.
const KV_BINDING: &str = "CACHE_KV";
/// The header of a kept response that holds its [`Meta`].
const META: &str = "x-hashi-meta";
/// KV refuses to keep anything for a shorter time, in seconds.
const KV_SHORTEST: u32 = 60;

/// The kept answer for `key`, which is an absolute URL.
pub async fn get(context: &Context, key: &str) -> Option<Kept> {
    match here(key).await {
        Ok(Some(kept)) => return Some(kept),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the cache can't be read"),
    }
    let kv = kv(context)?;
    match shared(&kv, key).await {
        Ok(kept) => kept,
        Err(error) => {
            tracing::warn!(%error, "the shared cache can't be read");
            None
        }
    }
}

/// Keeps an answer, in both levels.
pub async fn put(context: &Context, key: &str, fresh: Fresh, meta: Meta, freshness: Freshness) {
    if let Some(kv) = kv(context)
        && let Err(error) = put_shared(&kv, key, &fresh, &meta, freshness).await
    {
        tracing::warn!(%error, "the shared cache can't be written");
    }
    if let Err(error) = put_here(key, fresh, &meta, freshness).await {
        tracing::warn!(%error, "the cache can't be written");
    }
}

fn kv(context: &Context) -> Option<KvStore> {
    context.env().kv(KV_BINDING).ok()
}

async fn here(key: &str) -> worker::Result<Option<Kept>> {
    let Some(response) = worker::Cache::default().get(key, false).await? else { return Ok(None) };
    let Some(meta) = response.headers().get(META)? else { return Ok(None) };
    let meta = serde_json::from_str(&meta)?;
    let response = web_sys::Response::from(response);
    Ok(Some(Kept { meta, body: response.body().map_or(Body::Empty, |body| Body::Host(HostBody::new(body))) }))
}

async fn put_here(key: &str, fresh: Fresh, meta: &Meta, freshness: Freshness) -> worker::Result<()> {
    let response = crate::bridge::Response::bytes(meta.content_type.clone(), fresh.body)
        .with_header(META, serde_json::to_string(meta)?)
        .with_header("cache-control", format!("public, max-age={}", freshness.kept()));
    let response = edge::host_response(response).map_err(worker::Error::from)?;
    worker::Cache::default().put(key, worker::Response::from(response)).await
}

async fn shared(kv: &KvStore, key: &str) -> Result<Option<Kept>, worker::KvError> {
    let (body, meta) = kv.get(key).bytes_with_metadata::<Meta>().await?;
    Ok(body.zip(meta).map(|(body, meta)| Kept { meta, body: Body::Bytes(body) }))
}

async fn put_shared(
    kv: &KvStore,
    key: &str,
    fresh: &Fresh,
    meta: &Meta,
    freshness: Freshness,
) -> Result<(), worker::KvError> {
    let kept = u64::from(freshness.kept().max(KV_SHORTEST));
    kv.put_bytes(key, &fresh.body)?.metadata(meta)?.expiration_ttl(kept).execute().await
}

/// The keys that this isolate is making anew right now, with the time at which each was begun.
///
/// It is about answers, never about a request: one that began and was cut off is forgotten after ten seconds.
#[derive(Debug, Default)]
pub struct Revalidations(HashMap<String, f64>);

impl Revalidations {
    const LONGEST_MS: f64 = 10_000.0;

    /// Whether the caller should make `key` anew, because nobody here does.
    pub fn begin(&mut self, key: &str, now_ms: f64) -> bool {
        self.0.retain(|_, began| now_ms - *began < Self::LONGEST_MS);
        if self.0.contains_key(key) {
            return false;
        }
        self.0.insert(key.to_owned(), now_ms);
        true
    }

    /// The answer for `key` was made, or couldn't be.
    pub fn end(&mut self, key: &str) {
        self.0.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_revalidates_and_a_lost_one_is_replaced() {
        let mut running = Revalidations::default();
        assert!(running.begin("a", 0.0));
        assert!(!running.begin("a", 9_999.0));
        assert!(running.begin("b", 0.0));
        assert!(running.begin("a", 10_000.0));
        running.end("a");
        assert!(running.begin("a", 10_001.0));
    }
}
