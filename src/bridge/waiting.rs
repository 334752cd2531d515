//! Rows that wait to be written, on the host's side: what an instance leaves behind there, the next one finds.

use wasm_bindgen::prelude::*;

use super::edge::with_host;
use super::host::Host;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, js_name = keepRow)]
    fn keep_row(this: &Host, row: &str) -> bool;

    #[wasm_bindgen(method, js_name = takeRows)]
    fn take_rows(this: &Host) -> Option<String>;

    #[wasm_bindgen(method, js_name = giveRowsBack)]
    fn give_rows_back(this: &Host, rows: &str) -> bool;
}

/// Keeps a row, which is JSON text; false if an earlier one was lost for it, because too many wait.
pub fn keep(row: &str) -> bool {
    with_host(|host| Ok(host.keep_row(row))).unwrap_or(false)
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
