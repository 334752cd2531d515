//! Uploads on their way to the object store: a thin edge over js/worker/staging.js. Bytes stay on the host's side, and are counted here before they are held.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::binding::{BindingError, Bucket, ask, failed};
use super::edge::with_host;
use super::held::{Held, NoRoom, UNCOUNTED};
use super::host::Host;
use super::host_body::HostBody;
use super::host_request::IDLE_MS;
use super::object::StoredObject;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, catch, js_name = beginStaging)]
    fn begin_staging(
        this: &Host,
        bucket: &JsValue,
        key: &str,
        stream: &JsValue,
        limit: f64,
        idle_ms: u32,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = stageOn)]
    fn stage_on(this: &Host, staging: &JsValue, most: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, js_name = giveWay)]
    fn give_way(this: &Host, staging: &JsValue);

    #[wasm_bindgen(method, catch, js_name = endStaging)]
    fn end_staging(this: &Host, staging: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = refuseStaging)]
    fn refuse_staging(this: &Host, staging: &JsValue) -> Result<Promise, JsValue>;
}

const STORE: &str = "object store";

/// What of an upload has come in.
enum Came {
    /// All.
    All,
    /// Not all: for the rest there is no room yet, or not any more.
    More,
    /// More than may.
    TooMuch,
}

impl Bucket {
    /// Stores a stream while hashing it; `None` if it has more than `limit` bytes, of which nothing is kept.
    ///
    /// A short one is not counted, a longer one waits for room for its part. It may come slowly, as long as nobody else wants that.
    pub async fn stage(&self, key: &str, stream: HostBody, limit: usize) -> Result<Option<StoredObject>, BindingError> {
        let staging = Staging::begin(self, key, &stream, limit)?;
        let stored = staging.store(limit).await;
        if !matches!(stored, Ok(Some(_))) {
            // What it held is another's by now.
            drop(staging.refuse().await);
        }
        stored
    }
}

/// One that is under way, as the host has it.
struct Staging(JsValue);

impl Staging {
    fn begin(bucket: &Bucket, key: &str, stream: &HostBody, limit: usize) -> Result<Staging, BindingError> {
        let begun = with_host(|host| host.begin_staging(&bucket.0, key, &stream.0, limit as f64, IDLE_MS));
        begun.map(Staging).map_err(|error| failed(STORE, &error))
    }

    async fn store(&self, limit: usize) -> Result<Option<StoredObject>, BindingError> {
        let came = self.on(UNCOUNTED as f64).await?;
        let Came::More = came else { return self.end(came).await };
        let part = Held::part(limit as u64).await?;
        let staging = self.0.clone();
        part.when_taken_back(move || give_way(&staging));
        let came = self.on(f64::INFINITY).await?;
        self.end(came).await
    }

    async fn on(&self, most: f64) -> Result<Came, BindingError> {
        let whole = ask(STORE, |host| host.stage_on(&self.0, most)).await?.as_bool();
        Ok(whole.map_or(Came::TooMuch, |whole| if whole { Came::All } else { Came::More }))
    }

    async fn end(&self, came: Came) -> Result<Option<StoredObject>, BindingError> {
        match came {
            Came::All => StoredObject::read(&ask(STORE, |host| host.end_staging(&self.0)).await?),
            Came::More => Err(NoRoom.into()),
            Came::TooMuch => Ok(None),
        }
    }

    async fn refuse(&self) -> Result<(), BindingError> {
        ask(STORE, |host| host.refuse_staging(&self.0)).await.map(drop)
    }
}

fn give_way(staging: &JsValue) {
    // Without a shim nothing was begun.
    let _ = with_host(|host| {
        host.give_way(staging);
        Ok(())
    });
}
