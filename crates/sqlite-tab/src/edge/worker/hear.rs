//! What the page, brokers and tabs say, as the candidate understands it.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use super::candidate::Shared;
use crate::edge::channel::Channel;
use crate::edge::lock;
use crate::edge::spawn::spawn_local;
use crate::leadership::clients::{Admission, Over};
use crate::leadership::task::ClientId;
use crate::names;

impl Shared {
    /// `["broker"]` with a port to one, `["close"]`.
    pub(super) fn hear(self: &Rc<Self>, message: &Array, port: Option<MessagePort>) {
        match (message.get(0).as_string().as_deref(), port) {
            (Some("broker"), Some(port)) => self.add_broker(port),
            (Some("close"), _) => self.happen(|candidate, now| candidate.close(now)),
            _ => {}
        }
    }

    fn add_broker(&self, broker: MessagePort) {
        broker.set_onmessage(Some(self.hears_broker.as_ref().unchecked_ref()));
        if let Some(leader) = self.candidate.borrow().leads() {
            self.lead_for(&broker, &(leader.epoch as f64).into());
        }
        self.brokers.borrow_mut().push(broker);
    }

    pub(super) fn lead_for(&self, broker: &MessagePort, epoch: &JsValue) {
        // A word and a number can be cloned.
        let _never = broker.post_message(&Array::of2(&"leading".into(), epoch));
    }

    /// `["connect", client, busy, attempt]` with the client's port.
    pub(super) fn hear_broker(self: &Rc<Self>, event: &MessageEvent) {
        if let Ok(port) = event.ports().get(0).dyn_into() {
            self.hear_connect(&Array::from(&event.data()), Some(port));
        }
    }

    fn hear_connect(self: &Rc<Self>, message: &Array, port: Option<MessagePort>) {
        let number = |at| message.get(at).as_f64();
        let (Some(client), Some(attempt)) = (number(1), number(3)) else { return };
        let over = if port.is_some() { Over::Port } else { Over::Channel };
        self.connect(client as ClientId, over, port, number(2), attempt as u32);
    }

    /// Takes a client in, unless it has come another way meanwhile.
    pub(super) fn connect(
        self: &Rc<Self>,
        client: ClientId,
        over: Over,
        port: Option<MessagePort>,
        busy: Option<f64>,
        attempt: u32,
    ) {
        let Some(admission) = self.candidate.borrow_mut().connect(client, over, attempt) else { return };
        let way = match (port, over, &*self.channel.borrow()) {
            (Some(port), ..) => port.into(),
            (None, Over::Channel, Some(channel)) => self.leader.port_on(&channel.channel, client as f64),
            _ => JsValue::UNDEFINED,
        };
        self.leader.connect(client as f64, &way, busy);
        if admission == Admission::New {
            spawn_local(self.clone().watch(client));
        }
    }

    /// Its lock is granted when its tab is gone, however it went.
    async fn watch(self: Rc<Self>, client: ClientId) {
        let life = names::client_lock(&self.key, client);
        if lock::outlive(&life, &self.waiting.signal()).await {
            self.happen(|candidate, _| candidate.gone(client));
        }
    }

    /// Listens to all tabs, and can tell them.
    pub(super) fn join_channel(self: &Rc<Self>) -> Result<(), JsValue> {
        let channel = Channel::open(&self.key, Rc::downgrade(self), Self::hear_channel)?;
        *self.channel.borrow_mut() = Some(channel);
        Ok(())
    }

    /// `["who"]`, `["connect", client, busy, attempt]`, `["call", client, call]`.
    fn hear_channel(self: &Rc<Self>, message: &Array) {
        match message.get(0).as_string().as_deref() {
            Some("who") => self.happen(|candidate, _| candidate.asked()),
            Some("connect") => self.hear_connect(message, None),
            Some("call") => {
                let Some(client) = message.get(1).as_f64() else { return };
                if self.candidate.borrow().hears_on_channel(client as ClientId) {
                    self.leader.receive(client, &message.get(2));
                }
            }
            _ => {}
        }
    }
}
