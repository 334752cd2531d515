//! The leader with its clients' ports.

use std::collections::HashMap;

use js_sys::{Array, Date};
use sqlite_wasm_vfs::sahpool::OpfsSAHPoolUtil;
use wasm_bindgen::prelude::*;

use super::answer::{Columns, Message, write};
use super::request;
use super::slate::{Slate, SlateReader};
use crate::call::{Answer, Request};
use crate::failure::Failure;
use crate::leader::{Leader, Out};
use crate::ledger::{CallId, ClientId};

#[wasm_bindgen]
extern "C" {
    /// A MessagePort, or what stands for one on a BroadcastChannel.
    pub type Port;

    #[wasm_bindgen(method, structural, js_name = postMessage)]
    fn post(this: &Port, message: &JsValue);

    #[wasm_bindgen(method, structural, js_name = postMessage)]
    fn post_with(this: &Port, message: &JsValue, transfer: &JsValue);
}

#[derive(Default)]
struct Ports {
    ports: HashMap<ClientId, Port>,
    columns: Columns,
    slate: Option<Slate>,
    epoch: i64,
}

impl Out for Ports {
    fn answer(&mut self, client: ClientId, id: CallId, answer: Result<Answer, Failure>) {
        // A client that has gone needs no answer.
        let Some(port) = self.ports.get(&client) else { return };
        if let (Some(slate), Ok(answer)) = (&self.slate, &answer)
            && slate.post(port, client, id, answer, &mut self.columns)
        {
            return;
        }
        let Message { parts, transfer } = write(client, id, answer, self.epoch, &mut self.columns);
        match transfer {
            Some(transfer) => port.post_with(&parts, &transfer),
            None => port.post(&parts),
        }
    }

    fn outdated(&mut self, client: ClientId, ours: i64, database: i64) {
        if let Some(port) = self.ports.get(&client) {
            port.post(&Array::of3(&(-1).into(), &(ours as f64).into(), &(database as f64).into()));
        }
    }
}

/// The leader of a database.
#[wasm_bindgen]
pub struct Engine {
    leader: Option<Leader>,
    ports: Ports,
    pool: Option<OpfsSAHPoolUtil>,
}

impl Engine {
    pub(super) fn new(leader: Leader, pool: Option<OpfsSAHPoolUtil>) -> Self {
        let ports = Ports { epoch: leader.epoch(), ..Ports::default() };
        Self { leader: Some(leader), ports, pool }
    }

    fn serve(&mut self, client: ClientId, request: Result<Request, (CallId, Failure)>) {
        let Some(leader) = &mut self.leader else { return };
        match request {
            Ok(request) => leader.receive(client, request, Date::now(), &mut self.ports),
            Err((id, failure)) => self.ports.answer(client, id, Err(failure)),
        }
    }
}

#[wasm_bindgen]
impl Engine {
    /// This leader's number.
    #[wasm_bindgen(getter)]
    pub fn epoch(&self) -> f64 {
        self.ports.epoch as f64
    }

    /// A client's port is there; `busy` are the milliseconds that its calls wait for another transaction.
    pub fn connect(&mut self, client: f64, port: Port, busy: Option<f64>) {
        let client = client as ClientId;
        if let Some(leader) = &mut self.leader {
            leader.connect(client, busy, &mut self.ports);
            self.ports.columns.forget(client);
            self.ports.ports.insert(client, port);
        }
    }

    /// A client is gone.
    pub fn disconnect(&mut self, client: f64) {
        let client = client as ClientId;
        self.ports.columns.forget(client);
        self.ports.ports.remove(&client);
        if let Some(leader) = &mut self.leader {
            leader.disconnect(client, &mut self.ports);
        }
    }

    /// From now on small answers go over memory that `reader` reads. Addresses of its numbers and bytes, and what it holds of a call: values,
    /// bytes of text.
    pub fn slate(&mut self, reader: SlateReader) -> Vec<u32> {
        self.ports.slate.insert(Slate::new(reader)).layout().into()
    }

    /// A client's message.
    pub fn receive(&mut self, client: f64, message: &Array) {
        let client = client as ClientId;
        let Some(leader) = &mut self.leader else { return };
        let request = request::read(message, |named| leader.statement_of(client, named));
        self.serve(client, request);
    }

    /// A client's call that has been written to the slate.
    pub fn receive_written(&mut self, client: f64) {
        let client = client as ClientId;
        let (Some(leader), Some(slate)) = (&mut self.leader, &self.ports.slate) else { return };
        let request = slate.read(|named| leader.statement_of(client, named));
        self.serve(client, request);
    }

    /// Milliseconds until `tick` has something to do, if it will have.
    pub fn next_tick(&self) -> Option<f64> {
        let next = self.leader.as_ref()?.next_tick()?;
        Some((next - Date::now()).max(0.0))
    }

    /// Ends what has waited too long.
    pub fn tick(&mut self) {
        if let Some(leader) = &mut self.leader {
            leader.tick(Date::now(), &mut self.ports);
        }
    }

    /// Whether something was committed that has not been told yet.
    pub fn has_change(&self) -> bool {
        self.leader.as_ref().is_some_and(Leader::has_change)
    }

    /// `[sequence, tables]`, with null for all tables; undefined if nothing was committed.
    pub fn take_change(&mut self) -> JsValue {
        let Some(change) = self.leader.as_mut().and_then(Leader::take_change) else { return JsValue::UNDEFINED };
        let names = |tables: std::collections::BTreeSet<String>| -> JsValue {
            tables.iter().map(|name| JsValue::from_str(name)).collect::<Array>().into()
        };
        Array::of2(&(change.sequence as f64).into(), &change.tables.map_or(JsValue::NULL, names)).into()
    }

    /// Rolls back what is open, closes the database and gives its file handles back.
    pub fn close(&mut self) -> Result<(), JsError> {
        if let Some(leader) = self.leader.take() {
            leader.close()?;
        }
        if let Some(pool) = self.pool.take() {
            pool.pause()?;
        }
        Ok(())
    }
}
