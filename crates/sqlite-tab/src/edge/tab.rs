//! A tab as the page has it.

use std::rc::Rc;

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::*;

use super::alarm::now;
use super::desk::Desk;
use super::shared::Shared;
use super::spawn::spawn_local;
use crate::asking::{Answer, Asked, Begun, Settled};
use crate::effect::Way;
use crate::refusal::{self, Refusal};
use crate::settings::Settings;
use crate::status::State;

/// A tab's side of one open database.
#[wasm_bindgen(js_name = Tab)]
pub struct PageTab(Rc<Shared>);

#[wasm_bindgen(js_class = Tab)]
impl PageTab {
    /// `key` is what the database is known by among tabs, `id` this client's number; then what of the options of `open()` matters here:
    /// milliseconds, whether SharedWorkers may be used, whether a database in memory is to be refused.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::too_many_arguments, reason = "numbers cross the border as they are")]
    pub fn new(
        desk: Desk,
        key: String,
        id: f64,
        open_timeout: f64,
        busy_timeout: f64,
        unresponsive_after: f64,
        hang_after: f64,
        brokered: bool,
        only_opfs: bool,
    ) -> Result<Self, JsValue> {
        let settings = Settings { unresponsive_after, hang_after, open_timeout, brokered, only_opfs };
        Ok(Self(Shared::new(desk, key, id as u64, busy_timeout, settings)?))
    }

    /// Where in this module's memory a call's further results are: an id, the lowest id without an answer, whether it is sent again.
    pub fn slate(&self) -> usize {
        self.0.slate.as_ptr().addr()
    }

    /// Takes the client's lock, then looks for a leader. The time for opening counts from `begun`.
    pub fn start(&self, begun: f64) {
        spawn_local(self.0.clone().start(begun));
    }

    /// A call is made: `epoch` 0 for one that belongs to no leader, `timeout` 0 for never. 0: to be sent; 1: to be kept; 2: refused.
    pub fn begin(&self, op: u8, transaction: f64, epoch: f64, reads: bool, timeout: f64, now: f64) -> u32 {
        let asked = Asked {
            op,
            transaction: transaction as u64,
            epoch: (epoch != 0.0).then_some(epoch as u64),
            reads,
            timeout: if timeout == 0.0 { f64::INFINITY } else { timeout },
        };
        let (begun, due) = {
            let mut tab = self.0.tab.borrow_mut();
            (tab.begin(asked, now), tab.due())
        };
        self.0.alarm.set(due);
        match begun {
            Begun::Send(id, acked) => {
                self.0.write([id as f64, acked as f64, 0.0]);
                0
            }
            Begun::Keep(id) => {
                self.0.write([id as f64, 0.0, 0.0]);
                1
            }
            Begun::Refused(refusal) => {
                *self.0.refused.borrow_mut() = Some(refusal);
                2
            }
        }
    }

    /// Why the last call was refused: code and message, told once. With none to tell of, it is what every call gets after the end.
    pub fn refusal(&self) -> Vec<JsString> {
        let refusal = self.0.refused.take().unwrap_or(Refusal::Closed);
        vec![refusal.code().into(), refusal.to_string().into()]
    }

    /// A call can't be sent at all.
    pub fn withdraw(&self, id: f64) {
        self.0.happen(|tab, _| tab.withdraw(id as u64));
    }

    /// An answer has come: 0 what was asked for, 1 a failure, 2 an unknown statement, 3 taken back.
    /// 0: nobody waits; 1: resolve; 2: reject; 3: reject with the caller's reason; 4: send once more with its text.
    pub fn settle(&self, id: f64, answer: u32) -> u32 {
        let answer = match answer {
            0 => Answer::Done,
            2 => Answer::UnknownStatement,
            3 => Answer::Cancelled,
            _ => Answer::Failed,
        };
        let settled = self.0.tab.borrow_mut().settle(id as u64, answer);
        let verdict = match settled {
            Settled::Dropped => return 0,
            Settled::SendText { acked, again } => {
                self.0.write([id, acked as f64, f64::from(again)]);
                return 4;
            }
            Settled::Resolve => 1,
            Settled::Reject => 2,
            Settled::TakenBack => 3,
        };
        // Closing may have waited for it.
        self.0.carry_out();
        verdict
    }

    /// The caller takes a call back.
    pub fn abort(&self, id: f64) {
        self.0.happen(|tab, now| tab.abort(id as u64, now));
    }

    /// What the leader says that is no answer to a call.
    pub fn hear(&self, message: &Array) {
        self.0.hear(message);
    }

    /// What the page's worker says.
    #[wasm_bindgen(js_name = hearWorker)]
    pub fn hear_worker(&self, message: &Array) {
        self.0.hear_worker(message);
    }

    /// What the broker says.
    #[wasm_bindgen(js_name = hearBroker)]
    pub fn hear_broker(&self, message: &Array) {
        self.0.hear_broker(message);
    }

    /// There can be no broker.
    #[wasm_bindgen(js_name = brokerFailed)]
    pub fn broker_failed(&self) {
        self.0.happen(|tab, _| tab.broker_failed());
    }

    /// Waits for the answers under way, then frees everything.
    pub fn close(&self) {
        self.0.happen(|tab, now| tab.close(now));
    }

    /// The leader that has welcomed this client last; 0 if none has.
    #[wasm_bindgen(getter)]
    pub fn epoch(&self) -> f64 {
        self.0.tab.borrow().welcomed().map_or(0.0, |leader| leader.epoch as f64)
    }

    /// As `status()` shows it.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> String {
        let tab = self.0.tab.borrow();
        let state = match tab.state() {
            State::Closed => "closed",
            _ if tab.is_outdated() => "outdated",
            State::Connecting => "connecting",
            State::Ready => "ready",
            State::Unresponsive => "unresponsive",
        };
        state.into()
    }

    /// `leader` or `follower`.
    #[wasm_bindgen(getter)]
    pub fn role(&self) -> String {
        if self.0.tab.borrow().leads() { "leader" } else { "follower" }.into()
    }

    /// Where the database is, once that is known.
    #[wasm_bindgen(getter)]
    pub fn storage(&self) -> Option<String> {
        self.0.tab.borrow().welcomed().map(|leader| leader.storage.name().into())
    }

    /// How calls travel.
    #[wasm_bindgen(getter)]
    pub fn transport(&self) -> Option<String> {
        let way = self.0.tab.borrow().way()?;
        let name = match way {
            Way::Worker => "worker",
            Way::Broker(_) => "port",
            Way::Channel(_) => "broadcast",
        };
        Some(name.into())
    }

    /// Version of the schema in the database.
    #[wasm_bindgen(getter)]
    pub fn schema(&self) -> Option<f64> {
        self.0.tab.borrow().schema().map(|version| version as f64)
    }

    /// Calls without an answer.
    #[wasm_bindgen(getter)]
    pub fn pending(&self) -> usize {
        self.0.tab.borrow().pending()
    }

    /// Milliseconds for which the leader owes an answer.
    #[wasm_bindgen(getter, js_name = silentFor)]
    pub fn silent_for(&self) -> f64 {
        self.0.tab.borrow().silent_for(now())
    }

    /// A sentence on what a person can do about a leader that doesn't answer.
    #[wasm_bindgen(getter)]
    pub fn advice(&self) -> String {
        refusal::advice()
    }
}
