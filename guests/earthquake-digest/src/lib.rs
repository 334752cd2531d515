//! An `edge-worker` that fetches the earthquake list and logs a digest of it.

mod digest;

wit_bindgen::generate!({ path: "../../wit", world: "edge-worker" });

use digest::{Event, digest};
use edge::runtime::http_outbound::fetch;
use edge::runtime::http_types::{Method, Request};
use edge::runtime::logging;

/// Where the list is; the variable `EARTHQUAKE_LIST` at compile time names another place.
const LIST: &str = match option_env!("EARTHQUAKE_LIST") {
    Some(address) => address,
    None => "http://localhost:8787/earthquake/list?limit=100",
};

struct EarthquakeDigest;

impl Guest for EarthquakeDigest {
    fn run() -> Result<(), String> {
        let headers = vec![("accept".into(), "application/json".into())];
        let request = Request { method: Method::Get, uri: LIST.into(), headers, body: None, timeout_ms: Some(10_000) };
        let response = fetch(&request).map_err(|error| format!("{LIST}: {error}"))?;
        if response.status != 200 {
            return Err(format!("{LIST}: the answer has the status {}", response.status));
        }
        let events: Vec<Event> = serde_json::from_slice(&response.body).map_err(|error| format!("{LIST}: {error}"))?;
        digest(&events).iter().for_each(|line| logging::info(line));
        Ok(())
    }
}

export!(EarthquakeDigest);
