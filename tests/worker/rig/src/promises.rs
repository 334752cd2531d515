//! Promises of the host that don't give what they promise.

use std::time::Duration;

use futures_util::future::{Either, select};
use hashi::bridge::extract::Path;
use hashi::bridge::{Kind, Problem};
use js_sys::Promise;
use js_sys::futures::JsFuture;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use worker::Delay;

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
    /// A thenable whose `then` throws.
    ThrowingThen,
    /// It never settles.
    Never,
    /// It never settles, and the handler waits only so long.
    NeverWithin,
}

/// Awaits it; a rejection is a problem of the upstream.
pub async fn await_one(Path(fate): Path<Fate>) -> Result<&'static str, Problem> {
    let promise = match fate {
        Fate::Error => Promise::reject(&js_sys::Error::new("as asked")),
        Fate::Text => Promise::reject(&JsValue::from_str("as asked")),
        Fate::Undefined => Promise::reject(&JsValue::UNDEFINED),
        Fate::ThrowingThen => {
            // `BigInt` throws where a thenable's `then` is called with functions.
            let then = js_sys::Reflect::get(&js_sys::global(), &"BigInt".into()).map_err(rejected)?;
            let thenable = js_sys::Object::new();
            js_sys::Reflect::set(&thenable, &"then".into(), &then).map_err(rejected)?;
            Promise::resolve(thenable.unchecked_ref::<JsValue>())
        }
        Fate::Never | Fate::NeverWithin => Promise::new(&mut |_, _| {}),
    };
    let settled = JsFuture::from(promise);
    if let Fate::NeverWithin = fate {
        let deadline = Delay::from(Duration::from_millis(100));
        return match select(settled, deadline).await {
            Either::Left((settled, _)) => settled.map(|_| "resolved").map_err(rejected),
            Either::Right(_) => Err(Problem::new(Kind::UPSTREAM_TIMEOUT)),
        };
    }
    settled.await.map_err(rejected)?;
    Ok("resolved")
}

fn rejected(value: JsValue) -> Problem {
    Problem::new(Kind::BAD_UPSTREAM).with_detail(format!("rejected with {:?}", value.as_string()))
}
