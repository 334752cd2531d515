//! Where answers are kept: the Workers Cache API of this location, and behind it, if it is bound as `CACHE_KV`, a Workers KV namespace
//! that all locations share.
//!
//! A store that fails is a store that has nothing: it is logged, and the request goes on.

use std::collections::HashMap;
use std::time::Duration;

use worker::kv::KvStore;

use crate::bridge::host_body::HostBody;
use crate::bridge::{Body, Context, clock, digest, edge};

use super::Freshness;
use super::entry::{Fresh, Kept, Meta};

/// The name of the binding of the second level.
const KV_BINDING: &str = "CACHE_KV";
/// The header of a kept response that holds its [`Meta`].
const META: &str = "x-hashi-meta";
/// KV refuses to keep anything for a shorter time, in seconds.
const KV_SHORTEST: u32 = 60;

/// A store that takes longer has nothing: asking Supabase is quicker.
const DEADLINE: Duration = Duration::from_millis(500);

/// What an answer is kept under.
#[derive(Clone, Debug)]
pub struct Key {
    url: String,
    /// Where in `url` the part begins that is the same at every address of the deployment.
    shared: usize,
}

impl Key {
    /// The key of a question to a deployment that is reached at `origin`. In the Cache API it is an address of this Worker's own host, which
    /// no route has: what other hosts keep is another zone's.
    pub fn new(origin: &str, deployment: &str, question: &str) -> Key {
        Key { url: format!("{origin}/.kept/{deployment}{question}"), shared: origin.len() }
    }

    /// The key as the Cache API takes it, whole: no question can be given out for another.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key as KV takes it, which is at most 512 bytes there.
    async fn name(&self) -> Result<String, worker::KvError> {
        Ok(digest::sha256(&self.url[self.shared..]).await?)
    }
}

/// The kept answer for `key`, if it is there in time.
pub async fn get(context: &Context, key: &Key, freshness: Freshness) -> Option<Kept> {
    let found = clock::within(DEADLINE, find(context, key, freshness)).await;
    found.unwrap_or_else(|| {
        tracing::warn!("the cache gave no answer in time");
        None
    })
}

async fn find(context: &Context, key: &Key, freshness: Freshness) -> Option<Kept> {
    match here(key.url()).await {
        Ok(Some(kept)) => return Some(kept),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the cache can't be read"),
    }
    let kv = kv(context)?;
    let (body, meta) = match shared(&kv, key).await {
        Ok(found) => found?,
        Err(error) => {
            tracing::warn!(%error, "the shared cache can't be read");
            return None;
        }
    };
    let (next, key, copy) = (meta.clone(), key.clone(), body.clone());
    context.wait_until(async move { keep_here(&key, copy, &next, freshness).await });
    Some(Kept { meta, body: Body::Bytes(body) })
}

/// Keeps an answer, in both levels.
pub async fn put(context: &Context, key: &Key, fresh: Fresh, meta: Meta, freshness: Freshness) {
    if let Some(kv) = kv(context)
        && let Err(error) = put_shared(&kv, key, &fresh, &meta, freshness).await
    {
        tracing::warn!(%error, "the shared cache can't be written");
    }
    keep_here(key, fresh.body, &meta, freshness).await;
}

async fn keep_here(key: &Key, body: Vec<u8>, meta: &Meta, freshness: Freshness) {
    if let Err(error) = put_here(key.url(), body, meta, freshness).await {
        tracing::warn!(%error, "the cache can't be written");
    }
}

fn kv(context: &Context) -> Option<KvStore> {
    context.env().kv(KV_BINDING).ok()
}

async fn here(url: &str) -> worker::Result<Option<Kept>> {
    let Some(response) = worker::Cache::default().get(url, false).await? else { return Ok(None) };
    let Some(meta) = response.headers().get(META)? else { return Ok(None) };
    let meta = serde_json::from_str(&meta)?;
    let response = web_sys::Response::from(response);
    Ok(Some(Kept { meta, body: response.body().map_or(Body::Empty, |body| Body::Host(HostBody::new(body))) }))
}

async fn put_here(url: &str, body: Vec<u8>, meta: &Meta, freshness: Freshness) -> worker::Result<()> {
    let response = crate::bridge::Response::bytes(meta.content_type.clone(), body)
        .with_header(META, serde_json::to_string(meta)?)
        .with_header("cache-control", format!("public, max-age={}", freshness.kept()));
    let response = edge::host_response(response).map_err(worker::Error::from)?;
    worker::Cache::default().put(url, worker::Response::from(response)).await
}

async fn shared(kv: &KvStore, key: &Key) -> Result<Option<(Vec<u8>, Meta)>, worker::KvError> {
    let (body, meta) = kv.get(&key.name().await?).bytes_with_metadata::<Meta>().await?;
    Ok(body.zip(meta))
}

async fn put_shared(
    kv: &KvStore,
    key: &Key,
    fresh: &Fresh,
    meta: &Meta,
    freshness: Freshness,
) -> Result<(), worker::KvError> {
    let kept = u64::from(freshness.kept().max(KV_SHORTEST));
    kv.put_bytes(&key.name().await?, &fresh.body)?.metadata(meta)?.expiration_ttl(kept).execute().await
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
