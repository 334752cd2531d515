//! The end of a client: what was sent finishes, then everything is freed.

use crate::call::CallId;
use crate::effect::Effect;
use crate::refusal::Refusal;
use crate::status::State;
use crate::tab::Tab;

/// How far it has come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Closing {
    /// Calls up to this id are waited for, and until this time at the latest.
    Draining(CallId, f64),
    /// The worker is to give back what it holds, until this time at the latest.
    Releasing(f64),
    /// All is free.
    Over,
}

impl Closing {
    pub(crate) fn due(&self) -> Option<f64> {
        match self {
            Self::Draining(_, until) | Self::Releasing(until) => Some(*until),
            Self::Over => None,
        }
    }
}

impl Tab {
    /// The client is to be closed.
    pub fn close(&mut self, now: f64) {
        if self.closing.is_none() {
            self.closing = Some(Closing::Draining(self.calls.last(), now + self.settings.patience()));
            self.settle_down();
        }
    }

    /// Calls may have gone: if all are that closing waits for, it goes on.
    pub(crate) fn settle_down(&mut self) {
        if let Some(Closing::Draining(last, until)) = self.closing
            && self.calls.acked() > last
        {
            self.release(until);
        }
    }

    fn release(&mut self, until: f64) {
        self.closing = Some(Closing::Releasing(until));
        self.state = State::Closed;
        self.pulse.stop();
        self.worker.stop();
        self.broker.stop();
        self.link.settle();
        self.open_until = None;
        self.fail_all(&Refusal::Closed);
        if self.worker.count == 0 {
            self.released();
        } else {
            self.then(Effect::Release);
        }
    }

    /// The worker has given back what it held.
    pub fn released(&mut self) {
        if let Some(Closing::Releasing(_)) = self.closing {
            self.closing = Some(Closing::Over);
            self.link.give_up();
            self.then(Effect::Free);
            self.then(Effect::NotOpened(Refusal::Closed));
        }
    }

    /// It was waited for long enough.
    pub(crate) fn impatient(&mut self) {
        match self.closing {
            Some(Closing::Draining(_, until)) => {
                self.release(until);
                self.released();
            }
            Some(Closing::Releasing(_)) => self.released(),
            Some(Closing::Over) | None => {}
        }
    }
}
