//! One tab with its clock.

use hashi_sqlite_tab::asking::{Asked, Begun};
use hashi_sqlite_tab::call::Epoch;
use hashi_sqlite_tab::effect::Effect;
use hashi_sqlite_tab::protocol;
use hashi_sqlite_tab::settings::Settings;
use hashi_sqlite_tab::status::Storage;
use hashi_sqlite_tab::tab::{Leader, Tab};

/// Calls that are the same to a tab: one that surely reads, and one that may write.
pub const GET: u8 = 1;
pub const RUN: u8 = 3;
pub const SETTINGS: Settings = Settings {
    unresponsive_after: 1000.0,
    hang_after: 35_000.0,
    open_timeout: 10_000.0,
    brokered: true,
    only_opfs: false,
};
/// The client that the tab is, and another.
pub const OURS: u64 = 7;
pub const OTHER: u64 = 8;

pub struct Rig {
    pub tab: Tab,
    pub now: f64,
}

pub fn write() -> Asked {
    Asked { op: RUN, transaction: 0, epoch: None, reads: false, timeout: 30_000.0 }
}

pub fn read() -> Asked {
    Asked { op: GET, reads: true, ..write() }
}

pub fn leader(epoch: Epoch) -> Leader {
    Leader { epoch, storage: Storage::Opfs }
}

impl Rig {
    /// One that looks for a leader.
    pub fn started(settings: Settings) -> Self {
        let mut rig = Self { tab: Tab::new(OURS, settings), now: 0.0 };
        rig.tab.start(0.0, 0.0);
        rig
    }

    /// One that another tab's leader of epoch 1 has welcomed.
    pub fn following() -> Self {
        let mut rig = Self::started(SETTINGS);
        rig.tab.worker_alive();
        rig.tab.broker_alive();
        rig.follow(leader(1));
        rig.effects();
        rig
    }

    /// Another tab leads from now on, and welcomes this one.
    pub fn follow(&mut self, leader: Leader) {
        self.tab.leader_heard(leader, OTHER, self.now);
        self.tab.welcome(0, protocol::VERSION);
    }

    /// What is to be done.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::iter::from_fn(|| self.tab.next_effect()).collect()
    }

    /// Makes a call; its id, and whether it is to be sent.
    pub fn begin(&mut self, asked: Asked) -> (u64, bool) {
        match self.tab.begin(asked, self.now) {
            Begun::Send(id, _) => (id, true),
            Begun::Keep(id) => (id, false),
            Begun::Refused(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// Lets time pass, with all that is due in it; what was to be done meanwhile.
    pub fn pass(&mut self, milliseconds: f64) -> Vec<Effect> {
        let end = self.now + milliseconds;
        let mut effects = self.effects();
        while let Some(due) = self.tab.due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.tab.wake(self.now);
            effects.extend(self.effects());
        }
        self.now = end;
        effects
    }
}
