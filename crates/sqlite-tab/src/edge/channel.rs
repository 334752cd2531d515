//! The channel of all tabs that have a database open.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::hear::storage;
use super::shared::Shared;
use crate::effect::Way;
use crate::tab::Leader;

/// A BroadcastChannel and who listens to it.
pub struct Channel {
    pub(super) channel: BroadcastChannel,
    _listener: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// `hear` is given each message.
    pub fn open(name: &str, hear: impl Fn(&Array) + 'static) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(name)?;
        let listener =
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| hear(&Array::from(&event.data())));
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

impl Shared {
    /// Listens to it, and can post on it.
    pub(super) fn join_channel(self: &Rc<Self>) -> Result<(), JsValue> {
        let listening = Rc::downgrade(self);
        let channel = Channel::open(&self.key, move |message| {
            if let Some(shared) = listening.upgrade() {
                shared.hear_channel(message);
            }
        })?;
        *self.channel.borrow_mut() = Some(channel);
        Ok(())
    }

    fn hear_channel(self: &Rc<Self>, message: &Array) {
        let what = message.get(0).as_string().unwrap_or_default();
        let number = |at| message.get(at).as_f64();
        match what.as_str() {
            "leader" => {
                let (Some(epoch), Some(client)) = (number(1), number(3)) else { return };
                let leader = Leader { epoch: epoch as u64, storage: storage(&message.get(2)) };
                self.happen(|tab, now| tab.leader_heard(leader, client as u64, now));
            }
            "changed" => self.desk.changed(&message.get(1), &message.get(2), &message.get(3)),
            "answer" => {
                let ours = number(1) == Some(self.id as f64);
                let way = self.tab.borrow().way();
                if ours && matches!(way, Some(Way::Channel(_))) {
                    self.desk.hear(&message.get(2));
                }
            }
            "silent" => {
                let epoch = number(1).map(|epoch| epoch as u64);
                self.happen(|tab, now| tab.silence_told(epoch, now));
            }
            _ => {}
        }
    }
}
