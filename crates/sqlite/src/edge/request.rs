//! Messages from a client: arrays, because they are the cheapest to clone. `docs/sqlite.md` lists them.

use js_sys::{Array, ArrayBuffer, BigInt, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::call::{Call, Item, Request};
use crate::database::Wanted;
use crate::failure::{Code, Failure};
use crate::migration::Migration;
use crate::value::{Parameters, Value};

/// Reads `[op, id, acked, transaction, deadline, again, a, b]`.
pub fn read(message: &Array) -> Result<Request, (i64, Failure)> {
    let number = |at: u32| message.get(at).as_f64().unwrap_or(0.0);
    let id = number(1) as i64;
    let deadline = number(4);
    let call = call(number(0) as u32, &message.get(6), &message.get(7)).map_err(|failure| (id, failure))?;
    Ok(Request {
        id,
        acked: number(2) as i64,
        transaction: number(3) as i64,
        deadline: if deadline == 0.0 { f64::INFINITY } else { deadline },
        again: message.get(5).is_truthy(),
        call,
    })
}

fn call(op: u32, a: &JsValue, b: &JsValue) -> Result<Call, Failure> {
    Ok(match op {
        0 => Call::Hello(Array::from(a).iter().map(|step| migration(&step)).collect::<Result<_, _>>()?),
        1 => Call::Query { sql: text(a)?, parameters: parameters(b)?, wanted: Wanted::First },
        2 => Call::Query { sql: text(a)?, parameters: parameters(b)?, wanted: Wanted::All },
        3 => Call::Run(text(a)?, parameters(b)?),
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
