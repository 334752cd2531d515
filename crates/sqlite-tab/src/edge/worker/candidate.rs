//! A candidate as its worker has it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, MessageEvent, MessagePort};

use super::leader::{Leader, say};
use crate::edge::alarm::{Alarm, now};
use crate::edge::channel::Channel;
use crate::edge::lock;
use crate::edge::spawn::spawn_local;
use crate::leadership::candidate::Candidate;
use crate::leadership::opening::{Opening, Wanted};
use crate::leadership::task::ClientId;

/// A candidate with all that it has hold of.
pub(super) struct Shared {
    pub(super) candidate: RefCell<Candidate>,
    pub(super) leader: Leader,
    pub(super) key: String,
    /// The client whose worker this is.
    pub(super) id: ClientId,
    pub(super) busy_timeout: f64,
    pub(super) channel: RefCell<Option<Channel>>,
    pub(super) brokers: RefCell<Vec<MessagePort>>,
    /// Lets the database's lock go.
    pub(super) free: RefCell<Option<Function>>,
    /// Ends the wait for it.
    pub(super) waiting: AbortController,
    pub(super) hears_broker: Closure<dyn Fn(MessageEvent)>,
    alarm: Alarm,
}

impl Shared {
    /// Something happened: it is told to the candidate, and what is to be done is done.
    pub(super) fn happen(self: &Rc<Self>, what: impl FnOnce(&mut Candidate, f64)) {
        what(&mut self.candidate.borrow_mut(), now());
        self.follow();
    }

    /// Not in each [`Shared::happen`], of which there are many.
    #[inline(never)]
    fn follow(self: &Rc<Self>) {
        self.carry_out();
        let due = self.candidate.borrow().due();
        self.alarm.set(due);
    }

    fn wake(self: &Rc<Self>) {
        self.alarm.rang();
        self.happen(Candidate::wake);
    }

    /// Shows by the lock `life` that the worker is there.
    async fn live(life: String) {
        if lock::hold(&life).await.is_ok() {
            say(&Array::of1(&"alive".into()));
        }
    }

    /// Waits in line for the database's lock.
    async fn queue(self: Rc<Self>) {
        if let Ok(held) = lock::queue(&self.key, &self.waiting.signal()).await {
            *self.free.borrow_mut() = Some(held.free.clone());
            self.happen(|candidate, _| candidate.granted());
            held.over().await;
        }
        self.happen(|candidate, _| candidate.freed());
    }
}

/// A database worker's side of one database.
#[wasm_bindgen(js_name = Candidate)]
pub struct WorkerCandidate(Rc<Shared>);

#[wasm_bindgen(js_class = Candidate)]
impl WorkerCandidate {
    /// One that waits in line. `key` is what the database is known by among tabs, `id` the number of the page's client, `life` the lock that the page
    /// watches the worker by; then what of the options of `open()` matters here: where the database is wanted, milliseconds.
    #[wasm_bindgen(constructor)]
    pub fn new(
        leader: Leader,
        key: String,
        id: f64,
        life: String,
        storage: &str,
        busy_timeout: f64,
        open_timeout: f64,
    ) -> Result<Self, JsValue> {
        let waiting = AbortController::new()?;
        let opening = Opening::new(Wanted::named(storage), open_timeout);
        let shared = Rc::new_cyclic(|shared: &Weak<Shared>| {
            let hearing = shared.clone();
            Shared {
                candidate: RefCell::new(Candidate::new(opening)),
                leader,
                key,
                id: id as ClientId,
                busy_timeout,
                channel: RefCell::default(),
                brokers: RefCell::default(),
                free: RefCell::default(),
                waiting,
                hears_broker: Closure::new(move |event: MessageEvent| {
                    if let Some(shared) = hearing.upgrade() {
                        shared.hear_broker(&event);
                    }
                }),
                alarm: Alarm::new(shared.clone(), Shared::wake),
            }
        });
        spawn_local(Shared::live(life));
        spawn_local(shared.clone().queue());
        Ok(Self(shared))
    }

    /// What the page says, calls aside, with the port that came with it.
    pub fn hear(&self, message: &Array, port: Option<MessagePort>) {
        self.0.hear(message, port);
    }

    /// The engine has done something: whether it has committed what was not told yet, and the milliseconds until it wants to tick.
    pub fn served(&self, change: bool, wait: Option<f64>) {
        self.0.happen(|candidate, now| candidate.served(change, wait, now));
    }
}
