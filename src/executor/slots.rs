//! How many calls of one function are under way at once.

use crate::bridge::room::{Asked, Room, WeakRoom};
use crate::functions::FunctionId;

/// The places of one function in one isolate of ours, and who waits for one.
#[derive(Debug)]
pub struct Slots(Room);

/// The places of each function that has calls under way or is known.
#[derive(Debug, Default)]
pub struct SlotTable(Vec<(FunctionId, WeakRoom)>);

impl SlotTable {
    /// The places of a function: the same for as long as somebody holds them, whatever is known of the function anew.
    pub fn of(&mut self, id: &FunctionId, (most, most_waiting): (usize, usize)) -> Slots {
        self.0.retain(|(_, room)| room.upgrade().is_some());
        let held = self.0.iter().find(|(known, _)| known == id).and_then(|(_, room)| room.upgrade());
        if let Some(room) = held {
            return Slots(room);
        }
        let slots = Slots::new(most, most_waiting);
        self.0.push((id.clone(), slots.0.downgrade()));
        slots
    }
}

impl Slots {
    /// So many places, and so many that may wait for one.
    pub fn new(most: usize, most_waiting: usize) -> Slots {
        Slots(Room::new(most as u64, most_waiting))
    }

    /// Asks at the time `now` for a place, to be held until `until` at the latest; see [`Room::ask`].
    pub fn ask(&self, now: f64, until: f64) -> Asked {
        self.0.ask(1, now, until)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::bridge::room::{Place, Waiting};

    const NOW: f64 = 1000.0;
    const UNTIL: f64 = 2000.0;

    fn slot(slots: &Slots) -> Place {
        match slots.ask(NOW, UNTIL) {
            Asked::Place(slot) => slot,
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
        let second = second.place().expect("its turn");
        assert!(!third_told.get(), "taking a place frees none");
        drop(second);
        let third = third.place().expect("its turn");
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
        assert!(second.place().is_none());
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
        assert!(third.place().is_none());
        drop(second.place().expect("its turn"));
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
        assert!(matches!(slots.ask(UNTIL, 3000.0), Asked::Place(_)));
    }
}
