//! Rows that wait to be written, on the host's side: what an instance leaves behind there, the next one finds.

use serde_json::value::RawValue;
use wasm_bindgen::prelude::*;

use super::edge::with_host;
use super::host::Host;
use super::host_body::HostBody;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, js_name = beginRow)]
    fn begin_row(this: &Host, beginning: &str) -> u32;

    #[wasm_bindgen(method, js_name = endRow)]
    fn end_row(this: &Host, number: u32, ending: &str, of: &JsValue, before: u32, after: u32) -> bool;

    #[wasm_bindgen(method, js_name = takeDead)]
    fn take_dead_rows(this: &Host) -> Option<String>;

    type HostRows;

    #[wasm_bindgen(method, getter)]
    fn text(this: &HostRows) -> String;

    #[wasm_bindgen(method, js_name = takeRows)]
    fn take_rows(this: &Host) -> Option<HostRows>;

    #[wasm_bindgen(method, js_name = rowsWritten)]
    fn rows_written(this: &Host, rows: &HostRows);

    #[wasm_bindgen(method, js_name = giveRowsBack)]
    fn give_rows_back(this: &Host, rows: &HostRows) -> bool;

    #[wasm_bindgen(method, js_name = giveAllBack)]
    fn give_all_back(this: &Host) -> bool;
}

/// Rows on their way, which wait again if this instance dies.
pub struct Rows(HostRows);

/// JSON that stands in bytes on the host's side, and need not enter our memory.
#[derive(Clone, Copy, Debug)]
pub struct Excerpt<'t> {
    /// All of them.
    pub of: &'t HostBody,
    /// How many of them come before.
    pub before: usize,
    /// How many come after.
    pub after: usize,
}

/// A row that was begun, and is kept when it is ended.
#[derive(Debug)]
pub struct BegunRow(u32);

/// A row that an instance had begun before it died.
#[derive(Debug)]
pub struct Dead {
    /// The row, to be ended by this instance.
    pub row: BegunRow,
    /// When the instance died, in milliseconds of the host's clock.
    pub died_ms: f64,
    /// The JSON array that it was begun with.
    pub beginning: Box<str>,
}

/// Begins a row with its first elements, the text of a JSON array; `None` if the host can't be reached.
pub fn begin(beginning: &str) -> Option<BegunRow> {
    with_host(|host| Ok(BegunRow(host.begin_row(beginning)))).ok()
}

/// The rows that earlier instances had begun when they died.
pub fn take_dead() -> Vec<Dead> {
    let taken = with_host(|host| Ok(host.take_dead_rows())).ok().flatten();
    let rows: Vec<(u32, f64, Box<RawValue>)> =
        taken.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let dead = |(number, died_ms, beginning): (u32, f64, Box<RawValue>)| Dead {
        row: BegunRow(number),
        died_ms,
        beginning: beginning.get().into(),
    };
    rows.into_iter().map(dead).collect()
}

impl BegunRow {
    /// Ends it with its last elements, the text of a JSON array, and keeps it; false if a row was lost for it, because too many wait. What a call
    /// returned comes after them, and in it U+FFFD stands for what Postgres can't keep: U+0000.
    pub fn end(self, ending: &str, result: Option<Excerpt<'_>>) -> bool {
        let kept = with_host(|host| {
            Ok(match result {
                Some(Excerpt { of, before, after }) => host.end_row(self.0, ending, &of.0, before as u32, after as u32),
                None => host.end_row(self.0, ending, &JsValue::UNDEFINED, 0, 0),
            })
        });
        kept.unwrap_or(false)
    }
}

/// The earliest rows, about 1 MB at most; `None` if none wait.
pub fn take() -> Option<Rows> {
    with_host(|host| Ok(host.take_rows().map(Rows))).ok().flatten()
}

/// Keeps again all that is on its way, because nobody may hear any more whether it arrives; false if there is no room for some of it.
pub fn give_all_back() -> bool {
    with_host(|host| Ok(host.give_all_back())).unwrap_or(true)
}

impl Rows {
    /// The text of a JSON array.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// Forgets them: they are where they belong.
    pub fn written(&self) {
        // Without a shim nothing could be taken.
        let _ = with_host(|host| {
            host.rows_written(&self.0);
            Ok(())
        });
    }

    /// Keeps them again, before all others; false if there is no room for them any more.
    pub fn give_back(&self) -> bool {
        with_host(|host| Ok(host.give_rows_back(&self.0))).unwrap_or(true)
    }
}
