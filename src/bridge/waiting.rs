//! Rows that wait to be written, on the host's side: what an instance leaves behind there, the next one finds.

use wasm_bindgen::prelude::*;

use super::edge::with_host;
use super::host::{Host, HostBody};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, js_name = keepRow)]
    fn keep_row(this: &Host, row: &str, of: &JsValue, before: u32, after: u32) -> bool;

    #[wasm_bindgen(method, js_name = takeRows)]
    fn take_rows(this: &Host) -> Option<String>;

    #[wasm_bindgen(method, js_name = giveRowsBack)]
    fn give_rows_back(this: &Host, rows: &str) -> bool;
}

/// JSON text that stands in a text on the host's side, and need not enter our memory.
#[derive(Clone, Copy, Debug)]
pub struct Excerpt<'t> {
    /// The whole text.
    pub of: &'t HostBody,
    /// How many characters of it come before, all of them ASCII.
    pub before: usize,
    /// How many come after.
    pub after: usize,
}

/// Keeps a row, which is the text of a JSON object; false if an earlier one was lost for it, because too many wait. What a call returned becomes its
/// member `result`, in which U+FFFD stands for what Postgres can't keep: U+0000.
pub fn keep(row: &str, result: Option<Excerpt<'_>>) -> bool {
    let kept = with_host(|host| {
        Ok(match result {
            Some(Excerpt { of, before, after }) => host.keep_row(row, &of.0, before as u32, after as u32),
            None => host.keep_row(row, &JsValue::UNDEFINED, 0, 0),
        })
    });
    kept.unwrap_or(false)
}

/// The earliest rows, as the text of a JSON array of at most about 1 MB; `None` if none wait.
pub fn take() -> Option<String> {
    with_host(|host| Ok(host.take_rows())).ok().flatten()
}

/// Keeps the rows that [`take`] gave, before all others; false if there is no room for them any more.
pub fn give_back(rows: &str) -> bool {
    // Without a shim nothing could be taken.
    with_host(|host| Ok(host.give_rows_back(rows))).unwrap_or(true)
}
