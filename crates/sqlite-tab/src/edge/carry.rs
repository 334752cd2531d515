//! Effects, carried out.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::MessageChannel;

use super::lock;
use super::shared::Shared;
use super::spawn::spawn_local;
use crate::call::Epoch;
use crate::effect::{Effect, Way};
use crate::protocol;

impl Shared {
    /// Does all that is to be done. A listener of the page's may make calls meanwhile.
    pub(super) fn carry_out(self: &Rc<Self>) {
        loop {
            let effect = self.tab.borrow_mut().next_effect();
            let Some(effect) = effect else { return };
            self.carry(effect);
        }
    }

    fn carry(self: &Rc<Self>, effect: Effect) {
        let desk = &self.desk;
        match effect {
            Effect::StartWorker(count) => self.start_worker(count),
            Effect::StartBroker(_) => self.start_broker(),
            Effect::AskWhoLeads => self.tell(&Array::of1(&"who".into())),
            Effect::Attach(way, epoch) => self.attach(way, epoch),
            Effect::Detach => desk.attach(None),
            Effect::Send { id, acked, again } => desk.send(id as f64, acked as f64, again),
            Effect::Cancel(id) => desk.cancel(id as f64),
            Effect::Ping => desk.ping(),
            Effect::TellSilence(epoch) => self.tell(&Array::of2(&"silent".into(), &number(epoch))),
            Effect::Reject { id, refusal, unknown } => {
                desk.reject(id as f64, refusal.code(), &refusal.to_string(), unknown);
            }
            Effect::TakeBack(id) => desk.take_back(id as f64),
            Effect::Opened => desk.opened(),
            Effect::NotOpened(refusal) => desk.not_opened(refusal.code(), &refusal.to_string(), refusal.sqlite()),
            Effect::FindHolder => self.find_holder(),
            Effect::Changed(epoch) => desk.changed(&number(Some(epoch)), &0.into(), &JsValue::NULL),
            Effect::Outdated { ours, database } => desk.outdated(ours as f64, database as f64),
            Effect::Release => {
                self.watching.abort();
                if let Some(worker) = &*self.worker.borrow() {
                    worker.post(&Array::of1(&"close".into()), &Array::new());
                }
            }
            Effect::Free => self.free_all(),
        }
    }

    fn tell(&self, message: &Array) {
        if let Some(channel) = &*self.channel.borrow() {
            channel.post(message);
        }
    }

    fn start_worker(&self, count: u32) {
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
        *self.worker.borrow_mut() = Some(self.desk.start_worker(&self.life_of_worker(count)));
        self.offer_worker();
    }

    fn start_broker(self: &Rc<Self>) {
        if let Some(before) = self.broker.take() {
            before.set_onmessage(None);
            before.close();
        }
        let broker = self.desk.start_broker();
        if broker.is_none() {
            self.tab.borrow_mut().broker_failed();
        }
        *self.broker.borrow_mut() = broker;
        self.offer_worker();
    }

    /// Gives the broker a port to the worker, where there are both: whichever is new knows nothing of the other.
    fn offer_worker(&self) {
        let (Some(worker), Some(broker)) = (&*self.worker.borrow(), &*self.broker.borrow()) else { return };
        let Ok(channel) = MessageChannel::new() else { return };
        worker.post(&Array::of1(&"broker".into()), &Array::of1(&channel.port1()));
        let message = Array::of2(&"worker".into(), &self.key.as_str().into());
        // Both can be cloned, and the port is new.
        let _never = broker.post_message_with_transferable(&message, &Array::of1(&channel.port2()));
    }

    fn attach(&self, way: Way, epoch: Epoch) {
        let who = |attempt: u32, words: &[JsValue]| -> Array {
            let numbers = [(self.id as f64).into(), self.busy_timeout.into(), attempt.into(), (epoch as f64).into()];
            words.iter().cloned().chain(numbers).collect()
        };
        let port: JsValue = match way {
            Way::Worker => match &*self.worker.borrow() {
                Some(worker) => worker.direct(),
                None => return,
            },
            Way::Broker(attempt) => {
                let (Some(broker), Ok(channel)) = (&*self.broker.borrow(), MessageChannel::new()) else { return };
                let message = who(attempt, &["connect".into(), self.key.as_str().into()]);
                // As above.
                let _never = broker.post_message_with_transferable(&message, &Array::of1(&channel.port2()));
                channel.port1().into()
            }
            Way::Channel(attempt) => {
                self.tell(&who(attempt, &["connect".into()]));
                match &*self.channel.borrow() {
                    Some(channel) => self.desk.port_on(&channel.channel),
                    None => return,
                }
            }
        };
        self.desk.attach(Some(&port));
        self.desk.hello(protocol::VERSION);
    }

    fn find_holder(self: &Rc<Self>) {
        let shared = self.clone();
        spawn_local(async move {
            let held = lock::is_held(&shared.key).await;
            shared.happen(|tab, _| tab.open_timed_out(held));
        });
    }

    fn free_all(&self) {
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
        self.desk.attach(None);
        if let Some(broker) = self.broker.take() {
            broker.set_onmessage(None);
            broker.close();
        }
        if let Some(channel) = self.channel.take() {
            channel.close();
        }
        self.unlock();
        self.desk.freed();
    }
}

fn number(epoch: Option<Epoch>) -> JsValue {
    epoch.map_or(JsValue::NULL, |epoch| (epoch as f64).into())
}
