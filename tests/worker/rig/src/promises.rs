//! Promises of the host that don't give what they promise.

use hashi::bridge::extract::Path;
use hashi::bridge::{Kind, Problem};
use js_sys::Promise;
use js_sys::futures::JsFuture;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};

/// What becomes of the promise.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It rejects with an `Error`.
    Error,
    /// It rejects with a string.
    Text,
    /// It rejects with `undefined`.
    Undefined,
    /// A thenable whose `then` throws something that is no `Error`.
    ThrowingThen,
    /// It never settles.
    Never,
}

/// Awaits it; a rejection is a problem of the upstream.
pub async fn await_one(Path(fate): Path<Fate>) -> Result<&'static str, Problem> {
    let promise = match fate {
        Fate::Error => Promise::reject(&js_sys::Error::new("as asked")),
        Fate::Text => Promise::reject(&JsValue::from_str("as asked")),
        Fate::Undefined => Promise::reject(&JsValue::UNDEFINED),
        Fate::ThrowingThen => {
            let then = js_sys::Function::new_no_args("throw 'as asked'");
            let thenable = js_sys::Object::new();
            js_sys::Reflect::set(&thenable, &"then".into(), &then).map_err(rejected)?;
            Promise::resolve(thenable.unchecked_ref::<JsValue>())
        }
        Fate::Never => Promise::new(&mut |_, _| {}),
    };
    JsFuture::from(promise).await.map_err(rejected)?;
    Ok("resolved")
}

fn rejected(value: JsValue) -> Problem {
    Problem::new(Kind::BAD_UPSTREAM).with_detail(format!("rejected with {:?}", value.as_string()))
}
