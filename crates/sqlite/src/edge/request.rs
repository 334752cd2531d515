//! Messages from a client: arrays, because they are the cheapest to clone. `docs/sqlite.md` lists them.

use js_sys::{Array, ArrayBuffer, BigInt, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::call::{Call, Item, Request};
use crate::database::Wanted;
use crate::failure::{Code, Failure};
use crate::ledger::CallId;
use crate::migration::Migration;
use crate::named::Named;
use crate::protocol;
use crate::sql::Sql;
use crate::value::{Parameters, Value};

/// Reads `[op, id, acked, transaction, deadline, again, a, b, kept]`; `statement` knows which one is meant by a text or a number.
pub fn read(
    message: &Array,
    statement: impl FnOnce(Named) -> Result<Sql, Failure>,
) -> Result<Request, (CallId, Failure)> {
    let number = |at: u32| message.get(at).as_f64().unwrap_or(0.0);
    let again = f64::from(message.get(5).is_truthy());
    let head = [number(0), number(1), number(2), number(3), number(4), again];
    let (a, b) = (message.get(6), message.get(7));
    let sql = || statement(named(&a, &message.get(8))?);
    with(head, call(head[0] as u32, &a, &b, sql))
}

/// A call with its head: op, id, acked, transaction, deadline (0 for none), again (0 for no).
pub fn with(head: [f64; 6], call: Result<Call, Failure>) -> Result<Request, (CallId, Failure)> {
    let [_, id, acked, transaction, deadline, again] = head;
    let id = id as CallId;
    Ok(Request {
        id,
        acked: acked as CallId,
        transaction: transaction as CallId,
        deadline: if deadline == 0.0 { f64::INFINITY } else { deadline },
        again: again != 0.0,
        call: call.map_err(|failure| (id, failure))?,
    })
}

/// What a number in a message counts; the largest, which names nothing, for one that counts nothing.
pub fn number_of(number: f64) -> u32 {
    let counts = number.trunc() == number && (0.0..f64::from(u32::MAX)).contains(&number);
    if counts { number as u32 } else { u32::MAX }
}

fn named(a: &JsValue, kept: &JsValue) -> Result<Named, Failure> {
    if let Some(number) = a.as_f64() {
        return Ok(Named::Number(number_of(number)));
    }
    let text = text(a)?;
    Ok(match kept.as_f64() {
        Some(number) => Named::Kept(text, number_of(number)),
        None => Named::Text(text),
    })
}

fn call(op: u32, a: &JsValue, b: &JsValue, sql: impl FnOnce() -> Result<Sql, Failure>) -> Result<Call, Failure> {
    Ok(match op {
        0 => {
            protocol::check(b.as_f64().unwrap_or(0.0))?;
            Call::Hello(Array::from(a).iter().map(|step| migration(&step)).collect::<Result<_, _>>()?)
        }
        // The statement first: it is kept, whatever its parameters are.
        1 => Call::Query { sql: sql()?, parameters: parameters(b)?, wanted: Wanted::First },
        2 => Call::Query { sql: sql()?, parameters: parameters(b)?, wanted: Wanted::All },
        3 => Call::Run(sql()?, parameters(b)?),
        4 => Call::Batch(Array::from(a).iter().map(|part| item(&Array::from(&part))).collect::<Result<_, _>>()?),
        5 => Call::Prepare(text(a)?),
        6 => Call::Iterate(text(a)?, parameters(b)?),
        7 => Call::Next(a.as_f64().unwrap_or(0.0) as i64),
        8 => Call::Drop(a.as_f64().unwrap_or(0.0) as i64),
        9 => Call::Begin,
        10 => Call::Commit,
        11 => Call::Rollback,
        12 => Call::Export,
        13 => Call::Import(Uint8Array::new(a).to_vec()),
        14 => Call::Status,
        15 => Call::Ping,
        16 => Call::Cancel(a.as_f64().unwrap_or(0.0) as i64),
        op => {
            return Err(Failure::new(
                Code::Internal,
                format!("there is no call {op}: the tab's code is of another version, reload it"),
            ));
        }
    })
}

fn text(value: &JsValue) -> Result<String, Failure> {
    value.as_string().ok_or_else(|| Failure::new(Code::Parameter, "the SQL has to be a string"))
}

fn migration(step: &JsValue) -> Result<Migration, Failure> {
    let step = Array::from(step);
    Ok(Migration { version: step.get(0).as_f64().unwrap_or(0.0) as i64, sql: text(&step.get(1))? })
}

fn item(part: &Array) -> Result<Item, Failure> {
    let sql = text(&part.get(1))?;
    Ok(match part.get(0).as_f64() {
        Some(0.0) => Item::Once(sql, parameters(&part.get(2))?),
        Some(1.0) => {
            let width = part.get(3).as_f64().unwrap_or(0.0) as usize;
            Item::Each(sql, Uint8Array::new(&part.get(2)).to_vec(), width)
        }
        _ => Item::Script(sql),
    })
}

fn parameters(given: &JsValue) -> Result<Parameters, Failure> {
    if given.is_undefined() || given.is_null() {
        return Ok(Parameters::None);
    }
    let values = |list: &Array| -> Result<Vec<Value>, Failure> {
        (0..list.length()).map(|at| value(&list.get(at)).ok_or_else(|| refused(&(at + 1).to_string()))).collect()
    };
    if let Some(list) = given.dyn_ref::<Array>() {
        return values(list).map(Parameters::Positional);
    }
    let part = |name: &str| Reflect::get(given, &name.into()).map(|list| Array::from(&list)).unwrap_or_default();
    let (names, list) = (part("names"), part("values"));
    let names = names.iter().map(|name| text(&name)).collect::<Result<Vec<_>, _>>()?;
    Ok(Parameters::Named(names.into_iter().zip(values(&list)?).collect()))
}

fn value(given: &JsValue) -> Option<Value> {
    if let Some(number) = given.as_f64() {
        return Some(Value::number(number));
    }
    if let Some(text) = given.as_string() {
        return Some(Value::Text(text));
    }
    if given.is_null() {
        return Some(Value::Null);
    }
    if given.is_bigint() {
        let wide: BigInt = given.clone().unchecked_into();
        return i64::try_from(wide).ok().map(Value::Integer);
    }
    if let Some(flag) = given.as_bool() {
        return Some(Value::Integer(flag.into()));
    }
    if given.is_instance_of::<Uint8Array>() || given.is_instance_of::<ArrayBuffer>() {
        return Some(Value::Blob(Uint8Array::new(given).to_vec()));
    }
    None
}

fn refused(which: &str) -> Failure {
    let what = format!(
        "parameter {which} has no SQL type: expected null, a number, a bigint of 64 bits, a string, a boolean, a Uint8Array or an ArrayBuffer"
    );
    Failure::new(Code::Parameter, what)
}
