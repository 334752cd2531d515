//! Tasks, carried out.

use std::rc::Rc;

use js_sys::{Array, Error};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::candidate::Shared;
use super::leader::say;
use crate::call::Epoch;
use crate::edge::lock;
use crate::edge::spawn::spawn_local;
use crate::leadership::clients::Over;
use crate::leadership::opening::Obstacle;
use crate::leadership::task::Task;
use crate::names;
use crate::refusal::Refusal;
use crate::status::Storage;

impl Shared {
    /// Does all that is to be done; what is done may make more of it.
    pub(super) fn carry_out(self: &Rc<Self>) {
        loop {
            let task = self.candidate.borrow_mut().next_task();
            let Some(task) = task else { return };
            self.carry(task);
        }
    }

    fn carry(self: &Rc<Self>, task: Task) {
        match task {
            Task::Open(storage) => spawn_local(self.clone().open(storage)),
            Task::Lead { epoch, storage } => self.lead(epoch, storage),
            Task::Announce { epoch, storage } => {
                let (epoch, id) = (epoch as f64, self.id as f64);
                self.tell(&Array::of4(&"leader".into(), &epoch.into(), &storage.name().into(), &id.into()));
            }
            Task::Tell(epoch) => {
                if let Some(change) = self.leader.take_change() {
                    let epoch = (epoch as f64).into();
                    self.tell(&Array::of4(&"changed".into(), &epoch, &change.get(0), &change.get(1)));
                }
            }
            Task::Tick => self.leader.tick(),
            Task::Disconnect(client) => self.leader.disconnect(client as f64),
            Task::Shut => self.shut(),
            Task::Fail(refusal) => {
                let sqlite = refusal.sqlite().map_or(JsValue::UNDEFINED, JsValue::from);
                let (code, message) = (refusal.code().into(), refusal.to_string().into());
                say(&Array::of4(&"failed".into(), &code, &message, &sqlite));
            }
            Task::Withdraw => self.waiting.abort(),
            Task::Free => {
                if let Some(free) = self.free.take() {
                    // Resolving a promise doesn't throw.
                    let _never = free.call0(&JsValue::UNDEFINED);
                }
            }
            Task::Closed => say(&Array::of1(&"closed".into())),
        }
    }

    fn tell(&self, message: &Array) {
        if let Some(channel) = &*self.channel.borrow() {
            channel.post(message);
        }
    }

    async fn open(self: Rc<Self>, storage: Storage) {
        let opened = self.opened(storage == Storage::Memory).await;
        self.happen(|candidate, now| match opened {
            Ok(epoch) => candidate.opened(epoch.as_f64().unwrap_or(0.0) as Epoch),
            Err(error) => candidate.not_opened(obstacle(&error), now),
        });
    }

    async fn opened(&self, memory: bool) -> Result<JsValue, JsValue> {
        JsFuture::from(self.leader.load()).await?;
        let held = lock::all_held().await;
        let clients = held.iter().filter_map(|lock| names::client_of(&self.key, &lock::name_of(&lock)?));
        let live = clients.map(|client| JsValue::from(client as f64)).collect();
        JsFuture::from(self.leader.open(memory, &live)).await
    }

    fn lead(self: &Rc<Self>, epoch: Epoch, storage: Storage) {
        // Without one its page's calls are served all the same.
        let _joined = self.join_channel();
        self.connect(self.id, Over::Page, None, Some(self.busy_timeout), 0);
        let epoch = (epoch as f64).into();
        say(&Array::of3(&"leading".into(), &epoch, &storage.name().into()));
        for broker in &*self.brokers.borrow() {
            self.lead_for(broker, &epoch);
        }
        self.happen(|candidate, _| candidate.asked());
    }

    fn shut(&self) {
        self.leader.close();
        if let Some(channel) = self.channel.take() {
            channel.close();
        }
    }
}

/// `[code, message, sqlite]` of the engine's, or what the browser throws.
fn obstacle(error: &JsValue) -> Obstacle {
    if let Some(told) = error.dyn_ref::<Array>() {
        let text = |at| told.get(at).as_string().unwrap_or_default();
        let sqlite = told.get(2).as_f64().map(|code| code as i32);
        return Obstacle::Told(Refusal::Told { code: text(0), message: text(1), sqlite });
    }
    match error.dyn_ref::<Error>() {
        Some(error) => Obstacle::Thrown { name: error.name().into(), message: error.message().into() },
        None => Obstacle::Thrown { name: "Error".into(), message: error.as_string().unwrap_or_default() },
    }
}
