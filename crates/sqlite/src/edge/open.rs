//! From the worker's options to a leader.

use js_sys::{Array, Date};
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_vfs::sahpool::{OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use wasm_bindgen::prelude::*;

use super::engine::Engine;
use crate::database::{Database, Place, Synchronous};
use crate::leader::{Leader, Patience};
use crate::ledger::ClientId;

/// The database, its log, a rollback journal while WAL is being switched on, and one to spare.
const SLOTS: usize = 4;

/// Opens the database `name` in the OPFS folder `folder`, or in memory without one. `live` are the clients there are.
#[wasm_bindgen]
pub async fn open(
    name: String,
    folder: Option<String>,
    normal: bool,
    live: Array,
    busy: f64,
    idle: f64,
) -> Result<Engine, JsValue> {
    let pool = match &folder {
        Some(folder) => Some(pool(folder).await?),
        None => None,
    };
    let place = if pool.is_some() { Place::File(&name) } else { Place::Memory };
    let synchronous = if normal { Synchronous::Normal } else { Synchronous::Full };
    let live: Vec<ClientId> = live.iter().filter_map(|id| id.as_f64()).map(|id| id as ClientId).collect();
    // In memory nothing remembers the last epoch, so the clock counts.
    let at_least = if pool.is_some() { 1 } else { Date::now() as i64 };
    let made = Database::open(place, synchronous, Date::now)
        .and_then(|database| Leader::new(database, &live, at_least, Patience { busy, idle }));
    made.map(|leader| Engine::new(leader, pool)).map_err(|failure| {
        let parts = [
            failure.code.as_str().into(),
            failure.message.into(),
            failure.sqlite.map_or(JsValue::UNDEFINED, JsValue::from),
        ];
        parts.iter().collect::<Array>().into()
    })
}

/// The worker's pool of handles: it has one, and one folder.
pub(super) async fn pool(folder: &str) -> Result<OpfsSAHPoolUtil, JsValue> {
    let options = OpfsSAHPoolCfgBuilder::new().vfs_name("hashi").directory(folder).initial_capacity(SLOTS).build();
    install::<WasmOsCallback>(&options, true).await.map_err(|error| match error {
        // The browser's own error tells a file that is in use from a browser without OPFS.
        sqlite_wasm_vfs::sahpool::OpfsSAHError::Opfs { value, .. } => value,
        other => JsValue::from_str(&other.to_string()),
    })
}
