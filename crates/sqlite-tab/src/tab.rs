//! A tab's side of one open database.

use std::collections::VecDeque;

use crate::broker::Broker;
use crate::call::Epoch;
use crate::calls::Calls;
use crate::closing::Closing;
use crate::effect::{Effect, Way};
use crate::link::Link;
use crate::pulse::Pulse;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::status::{State, Storage};
use crate::worker::Worker;

/// A leader that this tab is attached to, or was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Its epoch.
    pub epoch: Epoch,
    /// Where its database is.
    pub storage: Storage,
}

/// All that a tab knows. Each method is something that happened, `now` the time of it in milliseconds by a clock that never goes back; what is
/// to be done afterwards is in [`Tab::next_effect`], and [`Tab::wake`] is to be called when [`Tab::due`] says so.
#[derive(Clone, Debug)]
pub struct Tab {
    /// This client's number, among all tabs.
    pub(crate) id: u64,
    pub(crate) settings: Settings,
    pub(crate) state: State,
    pub(crate) link: Link,
    /// The last leader that has welcomed this client.
    pub(crate) welcomed: Option<Leader>,
    /// The newest leader that was heard of.
    pub(crate) announced: Option<Epoch>,
    pub(crate) schema: Option<u64>,
    /// Why no call can be made: until there is another leader, or for good.
    pub(crate) refused: Option<Refusal>,
    pub(crate) calls: Calls,
    pub(crate) pulse: Pulse,
    pub(crate) worker: Worker,
    pub(crate) broker: Broker,
    pub(crate) open_until: Option<f64>,
    /// Milliseconds of the time for opening that were left when this code had come.
    asked: f64,
    pub(crate) closing: Option<Closing>,
    effects: VecDeque<Effect>,
}

impl Tab {
    /// One that does nothing yet. `id` is chosen by chance, at most 48 bits.
    pub fn new(id: u64, settings: Settings) -> Self {
        Self {
            id,
            settings,
            state: State::Connecting,
            link: Link::default(),
            welcomed: None,
            announced: None,
            schema: None,
            refused: None,
            calls: Calls::default(),
            pulse: Pulse::new(settings.pulse()),
            worker: Worker::default(),
            broker: Broker::new(settings.brokered),
            open_until: None,
            asked: 0.0,
            closing: None,
            effects: VecDeque::new(),
        }
    }

    pub(crate) fn then(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    /// What is to be done next.
    pub fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Tab::wake`] has something to do.
    pub fn due(&self) -> Option<f64> {
        let closing = self.closing.as_ref().and_then(Closing::due);
        let own = [self.pulse.due(), self.link.due(), self.worker.due(), self.broker.due(), self.open_until, closing];
        own.into_iter().flatten().reduce(f64::min)
    }

    /// It is that time.
    pub fn wake(&mut self, now: f64) {
        let is_due = |at: Option<f64>| at.is_some_and(|at| at <= now);
        if self.pulse.tick(now) {
            self.beat(now);
        }
        if is_due(self.link.due()) {
            self.hello_again(now);
        }
        if is_due(self.broker.due()) {
            let count = self.broker.try_again(now);
            self.then(Effect::StartBroker(count));
        }
        if is_due(self.worker.due()) {
            self.replace_worker(now);
        }
        if is_due(self.open_until) {
            self.open_until = None;
            self.then(Effect::FindHolder);
        }
        if is_due(self.closing.as_ref().and_then(Closing::due)) {
            self.impatient();
        }
    }

    /// The client's lock is held: it may show itself. It has been opening since `begun`.
    pub fn start(&mut self, begun: f64, now: f64) {
        if self.state == State::Closed {
            return;
        }
        let until = begun + self.settings.open_timeout;
        self.open_until = Some(until);
        self.asked = (until - now).max(0.0);
        if self.broker.usable {
            let count = self.broker.start(now);
            self.then(Effect::StartBroker(count));
        }
        self.start_worker(now);
        self.then(Effect::AskWhoLeads);
    }

    /// The time for opening was over; `held` is whether some tab holds the database.
    pub fn open_timed_out(&mut self, held: bool) {
        let (after, asked) = (self.settings.open_timeout as u64, self.asked as u64);
        self.then(Effect::NotOpened(Refusal::OpenTimeout { after, asked, held }));
    }

    /// What it is about. A tab that has to be reloaded is told so by [`Tab::is_outdated`].
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether calls fail until a tab, this or the leader's, is reloaded.
    pub fn is_outdated(&self) -> bool {
        let code = self.refused.as_ref().map(Refusal::code);
        matches!(code, Some("schema_outdated" | "protocol_outdated"))
    }

    /// Whether its own worker leads.
    pub fn leads(&self) -> bool {
        self.link.is_own()
    }

    /// Its way to the leader, if there is one.
    pub fn way(&self) -> Option<Way> {
        self.link.way()
    }

    /// The leader that has welcomed it last.
    pub fn welcomed(&self) -> Option<Leader> {
        self.welcomed
    }

    /// Version of the schema in the database, as far as it was told.
    pub fn schema(&self) -> Option<u64> {
        self.schema
    }

    /// Calls without an answer.
    pub fn pending(&self) -> usize {
        self.calls.len()
    }

    /// Milliseconds for which the leader owes an answer.
    pub fn silent_for(&self, now: f64) -> f64 {
        self.pulse.silent_for(now)
    }
}
