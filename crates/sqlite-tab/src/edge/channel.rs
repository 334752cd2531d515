//! The channel of all tabs that have a database open.

use std::rc::{Rc, Weak};

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// A BroadcastChannel and who listens to it.
pub struct Channel {
    pub(super) channel: BroadcastChannel,
    _listener: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// `hear` is called with each message, as long as its owner is there.
    pub fn open<T: 'static>(name: &str, owner: Weak<T>, hear: fn(&Rc<T>, &Array)) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(name)?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(owner) = owner.upgrade() {
                hear(&owner, &Array::from(&event.data()));
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Ok(Self { channel, _listener: listener })
    }

    pub fn post(&self, message: &Array) {
        // It takes plain values only, and those can be cloned.
        let _never = self.channel.post_message(message);
    }

    pub fn close(&self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
