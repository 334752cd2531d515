//! Callbacks that last.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object};
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::from_value;
use wasm_bindgen::prelude::*;

use crate::client::Change;
use crate::error::Error;
use crate::options::set;
use crate::package::Client;

type Callback = Closure<dyn FnMut(JsValue)>;

/// Ends when it is dropped.
#[derive(Debug)]
#[must_use = "a subscription that is dropped is over"]
pub struct Subscription {
    stop: Function,
    _callbacks: Vec<Callback>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // It only forgets a listener.
        let _ = self.stop.call0(&JsValue::UNDEFINED);
    }
}

impl Subscription {
    pub(crate) fn rows<R: DeserializeOwned + 'static>(
        js: &Client,
        sql: &str,
        params: &JsValue,
        callback: impl FnMut(Result<Vec<R>, Error>) + 'static,
    ) -> Result<Self, Error> {
        let callback = Rc::new(RefCell::new(callback));
        let hears = callback.clone();
        let rows = Callback::new(move |rows| (hears.borrow_mut())(from_value(rows).map_err(Error::rows)));
        let failure = Callback::new(move |thrown| (callback.borrow_mut())(Err(Error::thrown(thrown))));
        let options = Object::new();
        set(&options, "onError", failure.as_ref());
        let stop = js.subscribe(sql, params, rows.as_ref(), &options).map_err(Error::thrown)?;
        Ok(Self { stop, _callbacks: vec![rows, failure] })
    }

    pub(crate) fn changes(js: &Client, mut callback: impl FnMut(Change) + 'static) -> Self {
        let told = Callback::new(move |change| {
            // The package's own, in the form that it documents.
            if let Ok(change) = from_value(change) {
                callback(change);
            }
        });
        let stop = js.on_change(told.as_ref());
        Self { stop, _callbacks: vec![told] }
    }
}
