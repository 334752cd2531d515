//! Memory that the worker's JavaScript and the engine write calls and answers to. A value that crosses the border by itself costs more than
//! a small read, so those calls that are made most often, with few values, cross it once in each direction.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

use super::answer::{Columns, SMALL};
use super::engine::Port;
use super::request::{number_of, with};
use crate::call::{Answer, Call, Request};
use crate::database::Wanted;
use crate::failure::{Code, Failure};
use crate::ledger::{CallId, ClientId};
use crate::named::Named;
use crate::pack::{MAX_SAFE, Pack};
use crate::sql::Sql;
use crate::value::{Parameters, Value};

/// Numbers before those of the values: for a call op, id, acked, transaction, deadline, again, statement, count (-1 for no parameters); for rows
/// id, columns, count, and the addresses of kinds, numbers, text, the text's bytes, the address of blobs.
const HEAD: usize = 8;

/// Values of a call, at most.
const VALUES: usize = 32;

/// Bytes of their text, one after the other, at most.
const TEXT: usize = 2048;

/// Kinds of a call's values; a text's number is its bytes.
const NULL: u8 = 0;
const NUMBER: u8 = 1;
const TRUTH: u8 = 2;
const TEXT_OF: u8 = 3;

#[wasm_bindgen]
extern "C" {
    /// The other side, js/sqlite/slate.js: makes a message of what is in the memory and posts it.
    pub type SlateReader;

    #[wasm_bindgen(method, structural)]
    fn rows(this: &SlateReader, port: &Port, names: &JsValue);

    #[wasm_bindgen(method, structural)]
    fn ran(this: &SlateReader, port: &Port, id: f64, changes: f64, rowid: f64);
}

/// The memory. Cells, because JavaScript writes to it between two calls.
pub struct Slate {
    numbers: Box<[Cell<f64>]>,
    bytes: Box<[Cell<u8>]>,
    reader: SlateReader,
}

impl Slate {
    pub fn new(reader: SlateReader) -> Self {
        Self {
            numbers: vec![Cell::new(0.0); HEAD + VALUES].into(),
            bytes: vec![Cell::new(0); VALUES + TEXT].into(),
            reader,
        }
    }

    /// Where it is: the numbers, the bytes, and how many values and bytes of text it holds.
    pub fn layout(&self) -> [u32; 4] {
        [address(&self.numbers), address(&self.bytes), VALUES as u32, TEXT as u32]
    }

    fn number(&self, at: usize) -> f64 {
        self.numbers.get(at).map_or(0.0, Cell::get)
    }

    /// The call that was written to it, GET, ALL or RUN of a statement that is kept under a number.
    pub fn read(&self, statement: impl FnOnce(Named) -> Result<Sql, Failure>) -> Result<Request, (CallId, Failure)> {
        let head = std::array::from_fn(|at| self.number(at));
        let call = || {
            let sql = statement(Named::Number(number_of(self.number(6))))?;
            let parameters = self.parameters(self.number(7))?;
            Ok(match self.number(0) {
                1.0 => Call::Query { sql, parameters, wanted: Wanted::First },
                2.0 => Call::Query { sql, parameters, wanted: Wanted::All },
                _ => Call::Run(sql, parameters),
            })
        };
        with(head, call())
    }

    fn parameters(&self, count: f64) -> Result<Parameters, Failure> {
        if count < 0.0 {
            return Ok(Parameters::None);
        }
        let damaged = || Failure::new(Code::Internal, "the call was not written as the engine reads it");
        if count > VALUES as f64 {
            return Err(damaged());
        }
        let mut text = self.bytes.iter().skip(VALUES).map(Cell::get);
        let value = |at: usize| {
            let number = self.number(HEAD + at);
            Ok(match self.bytes.get(at).map(Cell::get) {
                Some(NULL) => Value::Null,
                Some(NUMBER) => Value::number(number),
                Some(TRUTH) => Value::Integer(number as i64),
                Some(TEXT_OF) => {
                    let bytes = text.by_ref().take(number as usize).collect();
                    Value::Text(String::from_utf8(bytes).map_err(|_| damaged())?)
                }
                _ => return Err(damaged()),
            })
        };
        (0..count as usize).map(value).collect::<Result<_, _>>().map(Parameters::Positional)
    }

    /// Has an answer posted that is a small table, or what a statement did; false for others.
    pub fn post(&self, port: &Port, client: ClientId, id: CallId, answer: &Answer, columns: &mut Columns) -> bool {
        match answer {
            Answer::Rows(facts, rows) if rows.cells() <= SMALL => {
                let (number, names) = columns.tell(client, facts);
                self.write(id, number, rows);
                self.reader.rows(port, &names.map_or(JsValue::UNDEFINED, JsValue::from));
                true
            }
            Answer::Ran(ran) if (-MAX_SAFE..=MAX_SAFE).contains(&ran.rowid) => {
                self.reader.ran(port, id as f64, ran.changes as f64, ran.rowid as f64);
                true
            }
            _ => false,
        }
    }

    fn write(&self, id: CallId, columns: usize, rows: &Pack) {
        let (kinds, numbers, text, blobs) = rows.parts();
        let addresses = [address(kinds), address(numbers), address(text), text.len() as u32, address(blobs)];
        let head = [id as f64, columns as f64, kinds.len() as f64].into_iter().chain(addresses.map(f64::from));
        for (cell, value) in self.numbers.iter().zip(head) {
            cell.set(value);
        }
    }
}

fn address<T>(list: &[T]) -> u32 {
    list.as_ptr().addr() as u32
}
