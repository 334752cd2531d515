//! A page's link to the SharedWorker that hands ports to the leader; made anew when that has died.

const FIRST_WAIT: f64 = 250.0;
const MOST_WAIT: f64 = 4000.0;

/// Whether there is a broker, and when it is to be tried again.
#[derive(Clone, Debug)]
pub struct Broker {
    /// How often it was started; the number of the link that is there.
    pub count: u32,
    /// Whether ports can go through it.
    pub usable: bool,
    wait: f64,
    again_at: Option<f64>,
}

impl Broker {
    /// `usable`: whether there are SharedWorkers at all.
    pub fn new(usable: bool) -> Self {
        Self { count: 0, usable, wait: FIRST_WAIT, again_at: None }
    }

    /// It is started; the number of the link. One that is just dying still takes connections, and never answers: then it is tried again.
    pub fn start(&mut self, now: f64) -> u32 {
        self.wait = FIRST_WAIT;
        self.try_again(now)
    }

    /// It has not answered: it is started again, with more patience.
    pub fn try_again(&mut self, now: f64) -> u32 {
        self.count += 1;
        self.again_at = Some(now + self.wait);
        self.wait = (self.wait * 2.0).min(MOST_WAIT);
        self.count
    }

    /// It has answered.
    pub fn alive(&mut self) {
        self.again_at = None;
    }

    /// There can be none here.
    pub fn fail(&mut self) {
        self.again_at = None;
        self.usable = false;
    }

    /// None is wanted any more.
    pub fn stop(&mut self) {
        self.again_at = None;
    }

    /// When it is to be tried again.
    pub fn due(&self) -> Option<f64> {
        self.again_at
    }
}
