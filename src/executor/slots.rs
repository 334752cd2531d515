//! How many calls of one function are under way at once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::{Rc, Weak};

use crate::functions::FunctionId;

/// The places of one function in one isolate of ours, and who waits for one.
#[derive(Debug)]
pub struct Slots(Rc<State>);

#[derive(Debug)]
struct State {
    most: usize,
    most_waiting: usize,
    /// The number of each place that is taken, and when it is taken back.
    taken: RefCell<Vec<(u64, f64)>>,
    last: Cell<u64>,
    /// The first is the next.
    waiting: RefCell<VecDeque<Rc<Turn>>>,
}

struct Turn {
    /// When the place that it gets is taken back.
    until: f64,
    /// The place, once the turn has come.
    place: Cell<Option<u64>>,
    tell: Cell<Option<Box<dyn FnOnce()>>>,
}

/// The places of each function that has calls under way or is known.
#[derive(Debug, Default)]
pub struct SlotTable(Vec<(FunctionId, Weak<State>)>);

impl SlotTable {
    /// The places of a function: the same for as long as somebody holds them, whatever is known of the function anew.
    pub fn of(&mut self, id: &FunctionId, (most, most_waiting): (usize, usize)) -> Slots {
        self.0.retain(|(_, state)| state.strong_count() > 0);
        let held = self.0.iter().find(|(known, _)| known == id).and_then(|(_, state)| state.upgrade());
        if let Some(state) = held {
            return Slots(state);
        }
        let slots = Slots::new(most, most_waiting);
        self.0.push((id.clone(), Rc::downgrade(&slots.0)));
        slots
    }
}

/// What came of asking for a place.
#[derive(Debug)]
pub enum Asked {
    /// A place.
    Slot(Slot),
    /// One in the queue.
    Waiting(Waiting),
    /// There are as many calls under way and waiting as there may be.
    Full,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub struct Slot {
    state: Rc<State>,
    number: u64,
}

/// A place in the queue; who drops it has left it.
#[derive(Debug)]
pub struct Waiting {
    state: Rc<State>,
    turn: Rc<Turn>,
}

impl Slots {
    /// So many places, and so many that may wait for one.
    pub fn new(most: usize, most_waiting: usize) -> Slots {
        Slots(Rc::new(State {
            most,
            most_waiting,
            taken: RefCell::default(),
            last: Cell::default(),
            waiting: RefCell::default(),
        }))
    }

    /// Asks at the time `now` for a place, to be held until `until` at the latest. Those who wait get theirs in the order of asking.
    ///
    /// A place that somebody holds for longer is taken back when it is wanted: the host can end a request without a word, and what it held is never dropped then.
    pub fn ask(&self, now: f64, until: f64) -> Asked {
        let state = &self.0;
        if state.is_full() {
            state.take_back(now);
        }
        if !state.is_full() {
            return Asked::Slot(Slot { state: state.clone(), number: state.take(until) });
        }
        let mut waiting = state.waiting.borrow_mut();
        if waiting.len() >= state.most_waiting {
            return Asked::Full;
        }
        let turn = Rc::new(Turn { until, place: Cell::default(), tell: Cell::default() });
        waiting.push_back(turn.clone());
        Asked::Waiting(Waiting { state: state.clone(), turn })
    }
}

impl Waiting {
    /// Calls `tell` when the turn has come.
    pub fn when_it_comes(&self, tell: impl FnOnce() + 'static) {
        if self.turn.place.get().is_some() { tell() } else { self.turn.tell.set(Some(Box::new(tell))) }
    }

    /// The place, if the turn has come.
    pub fn slot(self) -> Option<Slot> {
        self.turn.place.take().map(|number| Slot { state: self.state.clone(), number })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.state.pass_on(self.number);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(number) = self.turn.place.get() {
            return self.state.pass_on(number);
        }
        self.state.waiting.borrow_mut().retain(|other| !Rc::ptr_eq(other, &self.turn));
    }
}

impl State {
    fn is_full(&self) -> bool {
        self.taken.borrow().len() >= self.most
    }

    /// Takes a place, until `until` at the latest; its number.
    fn take(&self, until: f64) -> u64 {
        let number = self.last.get() + 1;
        self.last.set(number);
        self.taken.borrow_mut().push((number, until));
        number
    }

    /// Takes back what was to be held no longer than `now`.
    fn take_back(&self, now: f64) {
        let over: Vec<u64> =
            self.taken.borrow().iter().filter(|(_, until)| *until <= now).map(|(number, _)| *number).collect();
        for number in over {
            self.pass_on(number);
        }
    }

    /// Gives a place to whoever is next, or frees it; nothing if it was taken back.
    fn pass_on(&self, number: u64) {
        let at = self.taken.borrow().iter().position(|(taken, _)| *taken == number);
        let Some(at) = at else { return };
        self.taken.borrow_mut().swap_remove(at);
        let next = self.waiting.borrow_mut().pop_front();
        let Some(next) = next else { return };
        next.place.set(Some(self.take(next.until)));
        if let Some(tell) = next.tell.take() {
            tell();
        }
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1000.0;
    const UNTIL: f64 = 2000.0;

    fn slot(slots: &Slots) -> Slot {
        match slots.ask(NOW, UNTIL) {
            Asked::Slot(slot) => slot,
            other => panic!("{other:?}"),
        }
    }

    /// One in the queue, and what is true once its turn was told.
    fn waiting(slots: &Slots) -> (Waiting, Rc<Cell<bool>>) {
        let Asked::Waiting(waiting) = slots.ask(NOW, UNTIL) else { panic!("a place is free, or the queue full") };
        let told = Rc::new(Cell::new(false));
        let tell = told.clone();
        waiting.when_it_comes(move || tell.set(true));
        (waiting, told)
    }

    #[test]
    fn places_are_given_in_turn_and_no_more_than_there_are() {
        let slots = Slots::new(1, 2);
        let first = slot(&slots);
        let ((second, told), (third, third_told)) = (waiting(&slots), waiting(&slots));
        assert!(matches!(slots.ask(NOW, UNTIL), Asked::Full), "the queue is bounded");
        assert!(!told.get());
        drop(first);
        assert!(told.get() && !third_told.get(), "the second asked first");
        let second = second.slot().expect("its turn");
        assert!(!third_told.get(), "taking a place frees none");
        drop(second);
        let third = third.slot().expect("its turn");
        drop(third);
        drop(slot(&slots));
    }

    #[test]
    fn who_leaves_the_queue_keeps_nobody_waiting() {
        let slots = Slots::new(1, 2);
        let first = slot(&slots);
        let ((second, _), (third, told)) = (waiting(&slots), waiting(&slots));
        drop(second);
        drop(first);
        assert!(told.get());
        let (fourth, _) = waiting(&slots);
        // It leaves after its turn has come, without having looked.
        drop(third);
        drop(fourth);
        drop(slot(&slots));
    }

    #[test]
    fn a_function_has_the_same_places_whatever_is_known_of_it_anew() {
        let id = FunctionId::parse("00000000-0000-4000-8000-000000000001").expect("an id");
        let mut table = SlotTable::default();
        let first = slot(&table.of(&id, (1, 0)));
        assert!(matches!(table.of(&id, (1, 0)).ask(NOW, UNTIL), Asked::Full), "a call is still under way");
        drop(first);
        drop(slot(&table.of(&id, (1, 0))));
    }

    #[test]
    fn a_turn_that_has_not_come_is_no_place() {
        let slots = Slots::new(1, 1);
        let first = slot(&slots);
        let (second, _) = waiting(&slots);
        assert!(second.slot().is_none());
        drop(first);
        drop(slot(&slots));
    }

    #[test]
    fn a_place_whose_holder_never_comes_back_is_taken_back_for_who_has_waited_longest() {
        let slots = Slots::new(1, 2);
        let lost = slot(&slots);
        let (second, told) = waiting(&slots);
        assert!(matches!(slots.ask(UNTIL - 1.0, 3000.0), Asked::Waiting(_)) && !told.get(), "not before its time");
        let Asked::Waiting(third) = slots.ask(UNTIL, 3000.0) else { panic!("the one before is served first") };
        assert!(told.get());
        // The one that was given up comes back after all: it frees nothing that is another's now.
        drop(lost);
        assert!(third.slot().is_none());
        drop(second.slot().expect("its turn"));
        drop(slot(&slots));
    }

    #[test]
    fn a_turn_that_nobody_takes_up_is_taken_back_too() {
        let slots = Slots::new(1, 1);
        let first = slot(&slots);
        let (second, told) = waiting(&slots);
        drop(first);
        assert!(told.get());
        std::mem::forget(second);
        assert!(matches!(slots.ask(UNTIL, 3000.0), Asked::Slot(_)));
    }
}
