//! What several calls want at once is fetched by one of them.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::rc::Rc;

/// What is being fetched, each by one call.
#[derive(Debug)]
pub struct Flights<T>(RefCell<Vec<Keyed<T>>>);

type Keyed<T> = (Box<str>, Rc<Flight<T>>);

struct Flight<T> {
    /// When whoever fetches it is given up.
    until: f64,
    outcome: OnceCell<T>,
    waiting: RefCell<Vec<Rc<Tell>>>,
}

#[derive(Default)]
struct Tell(Cell<Option<Box<dyn FnOnce()>>>);

/// What came of asking.
#[derive(Debug)]
pub enum Asked<'f, T> {
    /// Nobody fetches it: whoever asked does.
    Mine(Turn<'f, T>),
    /// Somebody does.
    Anothers(Waiting<T>),
}

/// The duty to fetch. Dropped before its [`end`](Turn::end), it is handed over: all who wait are told, and the first to ask again has it.
#[derive(Debug)]
pub struct Turn<'f, T> {
    flights: &'f Flights<T>,
    flight: Rc<Flight<T>>,
}

/// A wait for what somebody else fetches.
#[derive(Debug)]
pub struct Waiting<T> {
    flight: Rc<Flight<T>>,
    tell: Rc<Tell>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Flights(RefCell::default())
    }
}

impl<T: Clone> Flights<T> {
    /// Asks at the time `now` for what is known as `key`; whoever has to fetch it may do so until `until`, and then another who asks takes over.
    ///
    /// The host can end a request without a word, and what it held is never dropped then.
    pub fn ask(&self, key: &str, now: f64, until: f64) -> Asked<'_, T> {
        let mut flights = self.0.borrow_mut();
        flights.retain(|(known, flight)| **known != *key || now < flight.until);
        if let Some((_, flight)) = flights.iter().find(|(known, _)| **known == *key) {
            let tell = Rc::<Tell>::default();
            flight.waiting.borrow_mut().push(tell.clone());
            return Asked::Anothers(Waiting { flight: flight.clone(), tell });
        }
        let flight = Rc::new(Flight { until, outcome: OnceCell::new(), waiting: RefCell::default() });
        flights.push((key.into(), flight.clone()));
        Asked::Mine(Turn { flights: self, flight })
    }
}

impl<T> Turn<'_, T> {
    /// Gives `outcome` to all who wait.
    pub fn end(self, outcome: T) {
        // Set once: nobody else has this turn.
        drop(self.flight.outcome.set(outcome));
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.flights.0.borrow_mut().retain(|(_, flight)| !Rc::ptr_eq(flight, &self.flight));
        // Taken out first: whoever is told may ask again at once.
        for tell in self.flight.waiting.take() {
            if let Some(tell) = tell.0.take() {
                tell();
            }
        }
    }
}

impl<T: Clone> Waiting<T> {
    /// Calls `tell` when the wait is over; it isn't yet for who has just asked.
    pub fn when_over(&self, tell: impl FnOnce() + 'static) {
        self.tell.0.set(Some(Box::new(tell)));
    }

    /// When whoever fetches it is given up, and the first to ask again takes over.
    pub fn until(&self) -> f64 {
        self.flight.until
    }

    /// What was fetched; `None` if whoever fetched it gave up, or still does.
    pub fn outcome(&self) -> Option<T> {
        self.flight.outcome.get().cloned()
    }
}

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        self.flight.waiting.borrow_mut().retain(|other| !Rc::ptr_eq(other, &self.tell));
    }
}

impl<T> fmt::Debug for Flight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight").field("ended", &self.outcome.get().is_some()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Tell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tell")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1000.0;
    const UNTIL: f64 = 2000.0;

    fn mine<'f>(flights: &'f Flights<u32>, key: &str) -> Turn<'f, u32> {
        match flights.ask(key, NOW, UNTIL) {
            Asked::Mine(turn) => turn,
            Asked::Anothers(_) => panic!("somebody else fetches {key}"),
        }
    }

    /// A wait, and whether it was told that it is over.
    fn anothers(flights: &Flights<u32>, key: &str) -> (Waiting<u32>, Rc<Cell<bool>>) {
        let Asked::Anothers(waiting) = flights.ask(key, NOW, UNTIL) else { panic!("nobody fetches {key}") };
        let told = Rc::new(Cell::new(false));
        let tell = told.clone();
        waiting.when_over(move || tell.set(true));
        (waiting, told)
    }

    #[test]
    fn one_fetches_for_all_who_ask_meanwhile() {
        let flights = Flights::default();
        let turn = mine(&flights, "a");
        let other = mine(&flights, "b");
        let waits: Vec<_> = (0..31).map(|_| anothers(&flights, "a")).collect();
        assert!(waits.iter().all(|(_, told)| !told.get()));
        turn.end(7);
        assert!(waits.iter().all(|(waiting, told)| told.get() && waiting.outcome() == Some(7)));
        drop(mine(&flights, "a"));
        drop(other);
        assert!(flights.0.borrow().is_empty(), "nothing is kept of what is over");
    }

    #[test]
    fn who_gives_up_hands_over() {
        let flights = Flights::default();
        let turn = mine(&flights, "a");
        let ((first, first_told), (second, second_told)) = (anothers(&flights, "a"), anothers(&flights, "a"));
        drop(turn);
        assert!(first_told.get() && second_told.get());
        assert_eq!((first.outcome(), second.outcome()), (None, None));
        let turn = mine(&flights, "a");
        let (again, told) = anothers(&flights, "a");
        turn.end(8);
        assert_eq!((told.get(), again.outcome()), (true, Some(8)));
    }

    #[test]
    fn who_leaves_is_not_told_any_more() {
        let flights = Flights::default();
        let turn = mine(&flights, "a");
        let (waiting, told) = anothers(&flights, "a");
        drop(waiting);
        turn.end(7);
        assert!(!told.get());
    }

    #[test]
    fn who_is_told_may_ask_at_once() {
        let flights = Rc::new(Flights::default());
        let turn = mine(&flights, "a");
        let Asked::Anothers(waiting) = flights.ask("a", NOW, UNTIL) else { panic!("nobody fetches it") };
        let again = flights.clone();
        waiting.when_over(move || drop(mine(&again, "a")));
        drop(turn);
    }

    #[test]
    fn who_is_never_heard_of_again_is_relieved() {
        let flights = Flights::default();
        let lost = mine(&flights, "a");
        let (waiting, told) = anothers(&flights, "a");
        let Asked::Mine(turn) = flights.ask("a", UNTIL, 3000.0) else { panic!("it was given up") };
        let (again, _) = anothers(&flights, "a");
        turn.end(8);
        assert_eq!(again.outcome(), Some(8));
        // It comes back after all, and those who still wait for it have what it brings.
        lost.end(7);
        assert_eq!((told.get(), waiting.outcome()), (true, Some(7)));
        drop(mine(&flights, "a"));
    }
}
