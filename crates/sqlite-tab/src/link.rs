//! A tab's way to a leader: taken, tried again another way, given up.

use crate::effect::Way;
use crate::tab::Leader;

/// Milliseconds until an unanswered hello is sent another way.
const HELLO_AGAIN: f64 = 400.0;
const MOST_HELLO_AGAIN: f64 = 3000.0;

/// Which leader there is a way to, and when another way is to be tried.
#[derive(Clone, Debug, Default)]
pub struct Link {
    at: Option<(Way, Leader)>,
    /// Attempts at the leader that was heard of last.
    tries: u32,
    /// The number of the last attempt, at whichever leader: it tells a late one from the last.
    attempt: u32,
    again_at: Option<f64>,
}

impl Link {
    /// The way there is.
    pub fn way(&self) -> Option<Way> {
        self.at.map(|(way, _)| way)
    }

    /// The leader at its other end.
    pub fn leader(&self) -> Option<Leader> {
        self.at.map(|(_, leader)| leader)
    }

    /// Whether that is this page's own worker.
    pub fn is_own(&self) -> bool {
        self.way() == Some(Way::Worker)
    }

    /// This page's own worker leads; the way there.
    pub fn take_own(&mut self, leader: Leader) -> Way {
        self.again_at = None;
        self.at = Some((Way::Worker, leader));
        Way::Worker
    }

    /// Another tab's worker leads, and no way there was tried.
    pub fn start(&mut self) {
        self.tries = 0;
    }

    /// Tries the next way: through the broker, but over the channel every third time, and always if it isn't `brokered`.
    pub fn try_next(&mut self, leader: Leader, brokered: bool, now: f64) -> Way {
        let through = brokered && self.tries % 3 < 2;
        let wait = (HELLO_AGAIN * f64::from(1 << self.tries.min(8))).min(MOST_HELLO_AGAIN);
        self.tries += 1;
        self.attempt += 1;
        let way = if through { Way::Broker(self.attempt) } else { Way::Channel(self.attempt) };
        self.at = Some((way, leader));
        self.again_at = Some(now + wait);
        way
    }

    /// The hello has its answer, or none is wanted any more.
    pub fn settle(&mut self) {
        self.again_at = None;
    }

    /// There is no way any more.
    pub fn give_up(&mut self) {
        self.at = None;
        self.again_at = None;
    }

    /// When another way is to be tried.
    pub fn due(&self) -> Option<f64> {
        self.again_at
    }
}
