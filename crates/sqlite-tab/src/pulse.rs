//! Whether the leader is there: it is asked while somebody waits for it, and only then.

/// Questions to a leader that another tab hears nothing of.
const SUSPECTED: u8 = 20;

/// When the leader is to be asked, and for how long it owes an answer. Times are milliseconds.
#[derive(Clone, Debug)]
pub struct Pulse {
    every: f64,
    due: Option<f64>,
    /// When the first question since the last sign of life was asked.
    asked: Option<f64>,
    suspected: u8,
    stopped: bool,
}

impl Pulse {
    /// With so many milliseconds between two questions.
    pub fn new(every: f64) -> Self {
        Self { every, due: None, asked: None, suspected: 0, stopped: false }
    }

    /// A sign of life.
    pub fn heard(&mut self) {
        self.asked = None;
        self.suspected = 0;
    }

    /// For how long the leader owes an answer.
    pub fn silent_for(&self, now: f64) -> f64 {
        self.asked.map_or(0.0, |asked| now - asked)
    }

    /// Somebody waits, until `deadline` at the latest.
    pub fn start(&mut self, deadline: f64, now: f64) {
        if self.stopped {
            return;
        }
        let due = deadline.min(now + self.every);
        if self.due.is_none_or(|known| known > due) {
            self.due = Some(due);
        }
    }

    /// Somebody else heard nothing: ask, even if nobody waits here.
    pub fn suspect(&mut self, now: f64) {
        self.suspected = SUSPECTED;
        self.start(f64::INFINITY, now);
    }

    /// When the next question is due.
    pub fn due(&self) -> Option<f64> {
        self.due
    }

    /// Whether a question is to be asked now; after it, [`Pulse::next`] says whether there is to be another.
    pub fn tick(&mut self, now: f64) -> bool {
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        self.due = None;
        self.asked.get_or_insert(now);
        true
    }

    /// After a question: whether anybody still waits, and until when at the latest.
    pub fn next(&mut self, waited_for: bool, deadline: f64, now: f64) {
        self.suspected = self.suspected.saturating_sub(1);
        if waited_for || self.suspected > 0 {
            self.start(deadline, now);
        } else {
            self.asked = None;
        }
    }

    /// Nobody will wait any more.
    pub fn stop(&mut self) {
        self.due = None;
        self.stopped = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_while_nobody_waits() {
        let mut pulse = Pulse::new(250.0);
        assert!(!pulse.tick(1e9));
        pulse.start(f64::INFINITY, 0.0);
        assert!(!pulse.tick(249.0), "too early");
        assert!(pulse.tick(250.0));
        pulse.next(false, f64::INFINITY, 250.0);
        assert_eq!((pulse.due(), pulse.silent_for(900.0)), (None, 0.0));
    }

    #[test]
    fn silence_counts_from_the_first_question_and_ends_with_a_sign_of_life() {
        let mut pulse = Pulse::new(250.0);
        pulse.start(f64::INFINITY, 0.0);
        for now in [250.0, 500.0, 750.0] {
            assert!(pulse.tick(now));
            pulse.next(true, f64::INFINITY, now);
        }
        assert_eq!(pulse.silent_for(750.0), 500.0);
        pulse.heard();
        assert_eq!(pulse.silent_for(751.0), 0.0);
    }

    #[test]
    fn an_early_deadline_wakes_early_and_a_later_one_does_not_put_it_off() {
        let mut pulse = Pulse::new(250.0);
        pulse.start(100.0, 0.0);
        pulse.start(f64::INFINITY, 50.0);
        assert_eq!(pulse.due(), Some(100.0));
        pulse.start(60.0, 55.0);
        assert_eq!(pulse.due(), Some(60.0));
    }

    #[test]
    fn once_it_is_stopped_it_stays_so() {
        let mut pulse = Pulse::new(250.0);
        pulse.start(f64::INFINITY, 0.0);
        pulse.stop();
        pulse.suspect(1.0);
        pulse.next(true, f64::INFINITY, 2.0);
        assert_eq!(pulse.due(), None);
    }

    #[test]
    fn a_suspected_leader_is_asked_until_it_answers_and_not_for_ever() {
        let mut pulse = Pulse::new(250.0);
        let mut asked = 0;
        pulse.suspect(0.0);
        while let Some(due) = pulse.due() {
            assert!(pulse.tick(due));
            pulse.next(false, f64::INFINITY, due);
            asked += 1;
        }
        assert_eq!(asked, 20);
        pulse.suspect(0.0);
        pulse.heard();
        assert!(pulse.tick(250.0));
        pulse.next(false, f64::INFINITY, 250.0);
        assert_eq!(pulse.due(), None);
    }
}
