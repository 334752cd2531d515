//! Who leads, and the way there.

use crate::call::Epoch;
use crate::effect::{Effect, Way};
use crate::handover::Successor;
use crate::protocol;
use crate::refusal::Refusal;
use crate::status::{State, Storage};
use crate::tab::{Leader, Tab};

impl Tab {
    /// Our own worker has got the lock and opened the file.
    pub fn elected(&mut self, epoch: Epoch, storage: Storage, now: f64) {
        if self.state == State::Closed {
            return;
        }
        self.announced = Some(epoch);
        let way = self.link.take_own(Leader { epoch, storage });
        self.attach(way, epoch, now);
    }

    /// Another tab's worker leads; it says so when it begins, and whenever somebody asks.
    pub fn leader_heard(&mut self, leader: Leader, client: u64, now: f64) {
        // Our own worker tells us itself.
        if client == self.id || self.state == State::Closed {
            return;
        }
        if self.link.way().is_some() && self.announced.is_some_and(|known| leader.epoch <= known) {
            return;
        }
        self.announced = Some(leader.epoch);
        self.link.start();
        self.connect(leader, now);
    }

    /// Connects to another tab's worker: through the broker, or where that gives no answer over the channel.
    fn connect(&mut self, leader: Leader, now: f64) {
        let way = self.link.try_next(leader, self.broker.usable, now);
        self.attach(way, leader.epoch, now);
    }

    /// The hello has no answer yet.
    pub(crate) fn hello_again(&mut self, now: f64) {
        self.link.settle();
        if let (State::Connecting, false, Some(leader)) = (self.state, self.link.is_own(), self.link.leader()) {
            self.connect(leader, now);
        }
    }

    fn attach(&mut self, way: Way, epoch: Epoch, now: f64) {
        self.refused.take_if(|refusal| !refusal.is_for_good());
        self.state = State::Connecting;
        self.then(Effect::Attach(way, epoch));
        // From now on its silence counts, if anybody waits.
        self.pulse.heard();
        if !self.calls.is_empty() {
            self.pulse.start(f64::INFINITY, now);
        }
    }

    /// The leader takes this client in. `protocol` is the version that it speaks.
    pub fn welcome(&mut self, schema: u64, protocol: u32) {
        self.heard();
        let (State::Connecting, Some(leader)) = (self.state, self.link.leader()) else { return };
        self.link.settle();
        if protocol != protocol::VERSION {
            return self.refuse(Refusal::Protocol { leader: protocol });
        }
        if leader.storage == Storage::Memory && self.settings.only_opfs {
            return self.refuse(Refusal::OnlyMemory);
        }
        let before = self.welcomed.replace(leader).filter(|before| before.epoch != leader.epoch);
        self.schema = Some(schema);
        self.state = State::Ready;
        self.open_until = None;
        let emptied = before.is_some() && leader.storage == Storage::Memory;
        self.send_all(Successor { epoch: leader.epoch, emptied });
        // Commits of the last moments of the old leader may have gone untold.
        if before.is_some() {
            self.then(Effect::Changed(leader.epoch));
        }
        self.then(Effect::Opened);
    }

    /// The leader doesn't take this client in; `versions` are the schema's that this tab knows and that the database has.
    pub fn not_welcome(&mut self, refusal: Refusal, versions: Option<[u64; 2]>) {
        self.heard();
        if self.state != State::Connecting || self.link.leader().is_none() {
            return;
        }
        self.link.settle();
        match versions {
            Some([ours, database]) if refusal.code() == "schema_outdated" && self.welcomed.is_some() => {
                self.outdate(ours, database);
            }
            _ => self.refuse(refusal),
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.open_until = None;
        self.fail_all(&refusal);
        self.then(Effect::NotOpened(refusal.clone()));
        if !self.is_refused_for_good() {
            self.refused = Some(refusal);
        }
    }

    fn is_refused_for_good(&self) -> bool {
        self.refused.as_ref().is_some_and(Refusal::is_for_good)
    }

    /// Another tab has brought a newer schema.
    pub fn outdate(&mut self, ours: u64, database: u64) {
        self.heard();
        self.schema = Some(database);
        if self.is_refused_for_good() {
            return;
        }
        let refusal = Refusal::Outdated { ours, database };
        self.refused = Some(refusal.clone());
        self.fail_all(&refusal);
        self.then(Effect::Outdated { ours, database });
    }

    /// Another tab hears nothing of the leader of an epoch.
    pub fn silence_told(&mut self, epoch: Option<Epoch>, now: f64) {
        if self.link.is_own() && epoch.is_some() && epoch == self.welcomed.map(|leader| leader.epoch) {
            self.pulse.suspect(now);
        }
    }

    pub(crate) fn start_worker(&mut self, now: f64) {
        let count = self.worker.start(now);
        self.then(Effect::StartWorker(count));
    }

    /// Gives up the worker, and with it lock and file if it leads, and waits in line with a new one.
    pub(crate) fn replace_worker(&mut self, now: f64) {
        if self.state == State::Closed {
            return;
        }
        if self.link.is_own() {
            self.link.give_up();
            self.state = State::Connecting;
            self.then(Effect::Detach);
        }
        self.start_worker(now);
    }

    /// The worker's script runs; which one it is.
    pub fn worker_alive(&mut self) -> u32 {
        self.worker.alive();
        self.worker.count
    }

    /// The leader in the worker has failed: its memory can't be trusted.
    pub fn worker_died(&mut self, now: f64) {
        self.replace_worker(now);
    }

    /// The n-th worker is gone, whoever ended it.
    pub fn worker_gone(&mut self, count: u32, now: f64) {
        if count == self.worker.count {
            self.replace_worker(now);
        }
    }

    /// The worker has the lock and can't open the file.
    pub fn worker_failed(&mut self, refusal: Refusal, now: f64) {
        if self.state == State::Closed {
            return;
        }
        if self.welcomed.is_some() {
            // It was open before: what stood in the way may pass, and another tab may lead meanwhile.
            return self.worker.failed(now);
        }
        self.not_opened(refusal);
    }

    /// The worker's script can't be loaded.
    pub fn worker_broken(&mut self, why: &str) {
        if self.welcomed.is_none() {
            let message = format!("the database worker can't be started: {why}");
            self.not_opened(Refusal::Told { code: "internal".into(), message, sqlite: None });
        }
    }

    fn not_opened(&mut self, refusal: Refusal) {
        self.open_until = None;
        self.fail_all(&refusal);
        self.then(Effect::NotOpened(refusal));
    }

    /// The broker has answered; which one it is.
    pub fn broker_alive(&mut self) -> u32 {
        self.broker.alive();
        self.broker.count
    }

    /// The n-th broker is dead: the next one knows no worker yet.
    pub fn broker_gone(&mut self, count: u32, now: f64) {
        if count == self.broker.count && self.broker.usable && self.state != State::Closed {
            let count = self.broker.start(now);
            self.then(Effect::StartBroker(count));
        }
    }

    /// There can be no broker here.
    pub fn broker_failed(&mut self) {
        self.broker.fail();
    }
}
