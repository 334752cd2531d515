//! What a tab has hold of, and how things that happen reach it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Function;
use wasm_bindgen::JsValue;
use web_sys::{AbortController, MessagePort};

use super::alarm::{Alarm, now};
use super::channel::Channel;
use super::desk::{Desk, OwnWorker};
use super::lock;
use crate::names;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::status::State;
use crate::tab::Tab;

/// A tab with all that it has hold of.
pub(super) struct Shared {
    pub(super) tab: RefCell<Tab>,
    pub(super) desk: Desk,
    pub(super) key: String,
    pub(super) id: u64,
    pub(super) busy_timeout: f64,
    pub(super) channel: RefCell<Option<Channel>>,
    pub(super) worker: RefCell<Option<OwnWorker>>,
    pub(super) broker: RefCell<Option<MessagePort>>,
    pub(super) free: RefCell<Option<Function>>,
    /// Ends all waits for somebody's end.
    pub(super) watching: AbortController,
    pub(super) refused: RefCell<Option<Refusal>>,
    pub(super) alarm: Alarm,
    /// Numbers that a call gives beside its result: an id, the lowest id without an answer, whether it is sent again.
    pub(super) slate: [Cell<f64>; 3],
}

impl Shared {
    /// One that does nothing yet. `key` is what the database is known by among tabs; `busy_timeout` is told to each leader.
    pub(super) fn new(
        desk: Desk,
        key: String,
        id: u64,
        busy_timeout: f64,
        settings: Settings,
    ) -> Result<Rc<Self>, JsValue> {
        let watching = AbortController::new()?;
        Ok(Rc::new_cyclic(|shared: &Weak<Self>| Self {
            tab: RefCell::new(Tab::new(id, settings)),
            desk,
            key,
            id,
            busy_timeout,
            channel: RefCell::default(),
            worker: RefCell::default(),
            broker: RefCell::default(),
            free: RefCell::default(),
            watching,
            refused: RefCell::default(),
            alarm: Alarm::new(shared.clone(), Self::wake),
            slate: Default::default(),
        }))
    }

    /// Something happened: it is told to the tab, and what is to be done is done.
    pub(super) fn happen<T>(self: &Rc<Self>, what: impl FnOnce(&mut Tab, f64) -> T) -> T {
        let result = what(&mut self.tab.borrow_mut(), now());
        self.follow();
        result
    }

    /// Not in each [`Shared::happen`], of which there are many.
    #[inline(never)]
    fn follow(self: &Rc<Self>) {
        self.carry_out();
        let due = self.tab.borrow().due();
        self.alarm.set(due);
    }

    fn wake(self: &Rc<Self>) {
        self.alarm.rang();
        self.happen(|tab, now| tab.wake(now));
    }

    /// Leaves three numbers for the page to read, as [`Shared::slate`] says.
    pub(super) fn write(&self, numbers: [f64; 3]) {
        for (cell, number) in self.slate.iter().zip(numbers) {
            cell.set(number);
        }
    }

    /// Lets the client's lock go, which says that it is there.
    pub(super) fn unlock(&self) {
        if let Some(free) = self.free.take() {
            // Resolving a promise doesn't throw.
            let _never = free.call0(&JsValue::UNDEFINED);
        }
    }

    /// Takes the client's lock, then looks for a leader. The time for opening counts from `begun`.
    pub(super) async fn start(self: Rc<Self>, begun: f64) {
        match lock::hold(&names::client_lock(&self.key, self.id)).await {
            Ok(free) => *self.free.borrow_mut() = Some(free),
            Err(_) => return self.desk.not_opened("no_locks", "this page can't have Web Locks", None),
        }
        // It may have been closed meanwhile.
        if self.tab.borrow().state() == State::Closed {
            return self.unlock();
        }
        if self.join_channel().is_err() {
            return self.desk.not_opened("internal", "this page can't have a BroadcastChannel", None);
        }
        self.happen(|tab, now| tab.start(begun, now));
    }
}
