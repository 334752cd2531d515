//! What leader, worker, broker and other tabs say, as the tab understands it.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use super::channel::Channel;
use super::lock;
use super::shared::Shared;
use super::spawn::spawn_local;
use crate::effect::Way;
use crate::names;
use crate::refusal::Refusal;
use crate::status::Storage;
use crate::tab::Leader;

/// Ids of messages that are no calls.
const HELLO: f64 = 0.0;
const OUTDATED: f64 = -1.0;

fn told(code: &JsValue, message: &JsValue, sqlite: &JsValue) -> Refusal {
    Refusal::Told {
        code: code.as_string().unwrap_or_else(|| "internal".into()),
        message: message.as_string().unwrap_or_default(),
        sqlite: sqlite.as_f64().map(|code| code as i32),
    }
}

/// Where a leader says its database is.
fn storage(name: &JsValue) -> Storage {
    Storage::named(&name.as_string().unwrap_or_default())
}

impl Shared {
    /// `[0, 0, epoch, schema, protocol]`, `[0, 1, code, message, sqlite, unknown, versions]`, `[-1, ours, database]`, or a sign of life.
    pub(super) fn hear(self: &Rc<Self>, message: &Array) {
        let number = |at| message.get(at).as_f64();
        let id = number(0);
        if id == Some(HELLO) && number(1) == Some(0.0) {
            let (schema, protocol) = (number(3).unwrap_or(0.0) as u64, number(4).unwrap_or(0.0) as u32);
            self.happen(|tab, _| tab.welcome(schema, protocol));
        } else if id == Some(HELLO) {
            let refusal = told(&message.get(2), &message.get(3), &message.get(4));
            let versions = message.get(6).dyn_into::<Array>().unwrap_or_default();
            let version = |at| versions.get(at).as_f64().map(|version| version as u64);
            let versions = version(0).zip(version(1)).map(<[u64; 2]>::from);
            self.happen(|tab, _| tab.not_welcome(refusal, versions));
        } else if id == Some(OUTDATED) {
            let version = |at| number(at).unwrap_or(0.0) as u64;
            self.happen(|tab, _| tab.outdate(version(1), version(2)));
        } else {
            self.happen(|tab, _| tab.heard());
        }
    }

    /// `["alive"]`, `["leading", epoch, storage]`, `["failed", code, message, sqlite]`, `["died"]`, `["broken", why]`, `["closed"]`.
    pub(super) fn hear_worker(self: &Rc<Self>, message: &Array) {
        let text = |at| message.get(at).as_string().unwrap_or_default();
        match text(0).as_str() {
            "alive" => {
                let count = self.happen(|tab, _| tab.worker_alive());
                self.watch_worker(count);
            }
            "leading" => {
                let epoch = message.get(1).as_f64().unwrap_or(0.0) as u64;
                let storage = storage(&message.get(2));
                self.happen(|tab, now| tab.elected(epoch, storage, now));
            }
            "failed" => {
                let refusal = told(&message.get(1), &message.get(2), &message.get(3));
                self.happen(|tab, now| tab.worker_failed(refusal, now));
            }
            "died" => self.happen(|tab, now| tab.worker_died(now)),
            "broken" => self.happen(|tab, _| tab.worker_broken(&text(1))),
            "closed" => self.happen(|tab, _| tab.released()),
            _ => {}
        }
    }

    pub(super) fn life_of_worker(&self, count: u32) -> String {
        names::worker_lock(&self.key, self.id, count)
    }

    /// Somebody may terminate it, or the browser for want of memory.
    fn watch_worker(self: &Rc<Self>, count: u32) {
        let shared = self.clone();
        spawn_local(async move {
            if lock::outlive(&shared.life_of_worker(count), &shared.watching.signal()).await {
                shared.happen(|tab, now| tab.worker_gone(count, now));
            }
        });
    }

    /// `["life", lock]`: the lock is granted when the broker that holds it is dead.
    pub(super) fn hear_broker(self: &Rc<Self>, message: &Array) {
        let (Some("life"), Some(life)) = (message.get(0).as_string().as_deref(), message.get(1).as_string()) else {
            return;
        };
        let count = self.happen(|tab, _| tab.broker_alive());
        let shared = self.clone();
        spawn_local(async move {
            if lock::outlive(&life, &shared.watching.signal()).await {
                shared.happen(|tab, now| tab.broker_gone(count, now));
            }
        });
    }

    /// Listens to it, and can post on it.
    pub(super) fn join_channel(self: &Rc<Self>) -> Result<(), JsValue> {
        let channel = Channel::open(&self.key, Rc::downgrade(self), Self::hear_channel)?;
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
