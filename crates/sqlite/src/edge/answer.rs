//! Messages to a client. `docs/sqlite.md` lists them.

use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

use crate::call::Answer;
use crate::database::Ran;
use crate::failure::Failure;
use crate::ledger::{CallId, ClientId};
use crate::pack::{MAX_SAFE, Pack};
use crate::protocol;
use crate::statement::{Facts, Kind};
use crate::value::Cell;

/// From this many cells on, a block that is decoded on the page beats a clone of the values.
pub const SMALL: usize = 96;

/// Statements whose columns are kept; then they are numbered anew.
const KEPT: usize = 512;

/// Columns as JavaScript has them, kept with each statement's facts, and which client knows them by their number.
#[derive(Default)]
pub struct Columns {
    kept: HashMap<*const Facts, Kept>,
}

struct Kept {
    number: usize,
    names: Array,
    /// The clients that know the names.
    told: Vec<ClientId>,
    // Its address is the key.
    _facts: Rc<Facts>,
}

impl Columns {
    fn of(&mut self, facts: &Rc<Facts>) -> &mut Kept {
        if self.kept.len() >= KEPT && !self.kept.contains_key(&Rc::as_ptr(facts)) {
            *self = Self::default();
        }
        let number = self.kept.len();
        let make = || Kept { number, names: strings(&facts.columns), told: Vec::new(), _facts: facts.clone() };
        self.kept.entry(Rc::as_ptr(facts)).or_insert_with(make)
    }

    /// Their number, and their names for a client that doesn't know the number yet.
    pub fn tell(&mut self, client: ClientId, facts: &Rc<Facts>) -> (usize, Option<Array>) {
        let Kept { number, names, told, .. } = self.of(facts);
        if told.contains(&client) {
            return (*number, None);
        }
        told.push(client);
        (*number, Some(names.clone()))
    }

    /// A client that is gone, or there anew, knows nothing.
    pub fn forget(&mut self, client: ClientId) {
        for Kept { told, .. } in self.kept.values_mut() {
            told.retain(|told| *told != client);
        }
    }
}

fn strings(list: &[String]) -> Array {
    list.iter().map(|text| JsValue::from_str(text)).collect()
}

/// A message with what is transferred rather than copied.
pub struct Message {
    pub parts: Array,
    pub transfer: Option<Array>,
}

/// `[id, 0, …]` for an answer, `[id, 1, code, message, sqlite, unknown, versions]` for a failure.
pub fn write(
    client: ClientId,
    id: CallId,
    answer: Result<Answer, Failure>,
    epoch: i64,
    columns: &mut Columns,
) -> Message {
    let parts = Array::of1(&(id as f64).into());
    let mut transfer = None;
    let mut buffer = |bytes: &[u8]| -> JsValue {
        let buffer = Uint8Array::from(bytes).buffer();
        transfer = Some(Array::of1(&buffer));
        buffer.into()
    };
    let add = |value: JsValue| {
        parts.push(&value);
    };
    let answer = match answer {
        Ok(answer) => {
            add(0.into());
            answer
        }
        Err(failure) => {
            add(1.into());
            add(failure.code.as_str().into());
            add(failure.message.into());
            add(failure.sqlite.map_or(JsValue::UNDEFINED, JsValue::from));
            add(failure.unknown.into());
            if let Some([ours, database]) = failure.versions {
                add(Array::of2(&(ours as f64).into(), &(database as f64).into()).into());
            }
            return Message { parts, transfer: None };
        }
    };
    match answer {
        Answer::Done => {}
        Answer::Welcome(schema) => {
            add((epoch as f64).into());
            add((schema as f64).into());
            add(protocol::VERSION.into());
        }
        Answer::Rows(facts, rows) => {
            let (number, names) = columns.tell(client, &facts);
            add((number as f64).into());
            add(if rows.cells() <= SMALL { cells(&rows).into() } else { buffer(&rows.to_bytes()) });
            if let Some(names) = names {
                add(names.into());
            }
        }
        Answer::Chunk(facts, block, last) => {
            add((&columns.of(&facts).names).into());
            add(buffer(&block));
            add(last.into());
        }
        Answer::Ran(ran) => {
            add((ran.changes as f64).into());
            add(integer(ran.rowid));
        }
        Answer::Batch(results) => {
            let both = |ran: &Ran| [JsValue::from(ran.changes as f64), integer(ran.rowid)];
            add(results.iter().flat_map(both).collect::<Array>().into());
        }
        Answer::Prepared(facts) => {
            add((&columns.of(&facts).names).into());
            add((facts.kind == Kind::Read).into());
            add((facts.parameters as f64).into());
            add(strings(&facts.reads).into());
        }
        Answer::File(file) => add(buffer(&file)),
        Answer::Condition(condition) => {
            add((condition.database as f64).into());
            add((condition.wal as f64).into());
            add((condition.waiting as f64).into());
            add(condition.transaction.into());
            add((condition.clients as f64).into());
            add((condition.schema as f64).into());
        }
    }
    Message { parts, transfer }
}

fn integer(value: i64) -> JsValue {
    if (-MAX_SAFE..=MAX_SAFE).contains(&value) { (value as f64).into() } else { value.into() }
}

fn cells(rows: &Pack) -> Array {
    let list = Array::new();
    rows.each(|cell| {
        list.push(&match cell {
            Cell::Null => JsValue::NULL,
            Cell::Integer(value) => integer(value),
            Cell::Real(value) => value.into(),
            Cell::Text(bytes) => JsValue::from_str(std::str::from_utf8(bytes).unwrap_or_default()),
            Cell::Blob(bytes) => Uint8Array::from(bytes).into(),
        });
    });
    list
}
