//! One timer for all that a tab waits for.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen::prelude::*;

/// Milliseconds that a timer holds; with more it would fire at once.
const LONGEST: f64 = 2_147_483_647.0;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    pub fn now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(act: &JsValue, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Rings at the time that it was last set to.
pub struct Alarm {
    at: Cell<Option<f64>>,
    timer: RefCell<JsValue>,
    ring: Closure<dyn Fn()>,
}

impl Alarm {
    /// `wake` is called when it rings, as long as its owner is there.
    pub fn new<T: 'static>(owner: Weak<T>, wake: fn(&Rc<T>)) -> Self {
        let ring = Closure::new(move || {
            if let Some(owner) = owner.upgrade() {
                wake(&owner);
            }
        });
        Self { at: Cell::new(None), timer: RefCell::new(JsValue::UNDEFINED), ring }
    }

    /// Sets it, or sets it off. One that would ring too early may do so: nothing is due then.
    pub fn set(&self, at: Option<f64>) {
        let Some(at) = at else { return };
        if self.at.get().is_some_and(|set| set <= at) {
            return;
        }
        clear_timeout(&self.timer.borrow());
        self.at.set(Some(at));
        let wait = (at - now()).clamp(1.0, LONGEST);
        *self.timer.borrow_mut() = set_timeout(self.ring.as_ref(), wait);
    }

    /// It rang: it is set to nothing.
    pub fn rang(&self) {
        self.at.set(None);
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        clear_timeout(&self.timer.borrow());
    }
}
