//! Room that is shared: whoever wants some of it asks first, and is served in the order of asking.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::{clock, promise};

/// Room for so much at once, in whatever it is counted: bytes, or calls.
#[derive(Clone, Debug)]
pub struct Room(Rc<State>);

/// A room, for as long as somebody else has it.
#[derive(Debug)]
pub struct WeakRoom(Weak<State>);

#[derive(Debug)]
struct State {
    most: u64,
    most_waiting: usize,
    held: RefCell<Vec<Holding>>,
    last: Cell<u64>,
    /// The first is the next.
    waiting: RefCell<VecDeque<Rc<Turn>>>,
}

/// What somebody has of the room.
struct Holding {
    number: u64,
    size: u64,
    /// When it is taken back.
    until: f64,
    /// Called when it is.
    tell: Option<Box<dyn FnOnce()>>,
}

struct Turn {
    size: u64,
    /// When what it gets is taken back.
    until: f64,
    /// The number of its place, once the turn has come.
    place: Cell<Option<u64>>,
    tell: Cell<Option<Box<dyn FnOnce()>>>,
}

/// What came of asking.
#[derive(Debug)]
pub enum Asked {
    /// A place.
    Place(Place),
    /// One in the queue.
    Waiting(Waiting),
    /// There is as much held, and there are as many waiting, as there may be.
    Full,
}

/// A part of the room; it is free again when this is dropped.
#[derive(Debug)]
#[must_use = "what is dropped is free again"]
pub struct Place {
    state: Rc<State>,
    number: u64,
}

/// A place in the queue; who drops it has left it.
#[derive(Debug)]
pub struct Waiting {
    state: Rc<State>,
    turn: Rc<Turn>,
}

impl Room {
    /// So much room, and so many that may wait for it.
    pub fn new(most: u64, most_waiting: usize) -> Room {
        Room(Rc::new(State {
            most,
            most_waiting,
            held: RefCell::default(),
            last: Cell::default(),
            waiting: RefCell::default(),
        }))
    }

    /// Asks at the time `now` for `size` of it, to be held until `until` at the latest. Those who wait get theirs in the order of asking, and what is larger than
    /// the room gets all of it.
    ///
    /// What somebody holds for longer is taken back when it is wanted: the host can end a request without a word, and what it held is never dropped then.
    pub fn ask(&self, size: u64, now: f64, until: f64) -> Asked {
        let state = &self.0;
        if state.admits(size, state.most, now) {
            return Asked::Place(Place { state: state.clone(), number: state.take(size, until) });
        }
        let mut waiting = state.waiting.borrow_mut();
        if waiting.len() >= state.most_waiting {
            return Asked::Full;
        }
        let turn = Rc::new(Turn { size, until, place: Cell::default(), tell: Cell::default() });
        waiting.push_back(turn.clone());
        Asked::Waiting(Waiting { state: state.clone(), turn })
    }

    /// The same for who doesn't wait: `size` of it at once, if no more than `most` is held then and nobody waits.
    pub fn take(&self, size: u64, most: u64, now: f64, until: f64) -> Option<Place> {
        let state = &self.0;
        state.admits(size, most, now).then(|| Place { state: state.clone(), number: state.take(size, until) })
    }

    /// The same room, not kept.
    pub fn downgrade(&self) -> WeakRoom {
        WeakRoom(Rc::downgrade(&self.0))
    }
}

impl WeakRoom {
    /// The room, if somebody still has it, or a part of it, or waits for one.
    pub fn upgrade(&self) -> Option<Room> {
        self.0.upgrade().map(Room)
    }
}

impl Place {
    /// Whether it was held for too long, and isn't this one's any more.
    pub fn is_taken_back(&self) -> bool {
        !self.state.held.borrow().iter().any(|held| held.number == self.number)
    }

    /// Calls `tell` when it is taken back, by whichever request wants it; never for a place that is dropped before.
    pub fn when_taken_back(&self, tell: impl FnOnce() + 'static) {
        let mut held = self.state.held.borrow_mut();
        let mine = held.iter_mut().find(|held| held.number == self.number);
        let Some(mine) = mine else {
            drop(held);
            return tell();
        };
        let before = mine.tell.replace(Box::new(tell));
        drop(held);
        // It may own a place itself.
        drop(before);
    }

    /// Makes it `size` large, if no more than `most` is held then and nobody waits; whether it is. It is if it was larger already.
    pub fn grow(&mut self, size: u64, most: u64, now: f64) -> bool {
        let has = |held: &Holding| held.number == self.number;
        let Some(before) = self.state.held.borrow().iter().find(|held| has(held)).map(|held| held.size) else {
            // Taken back: it has had its time.
            return false;
        };
        if size <= before {
            return true;
        }
        // Not alone, for it is there itself: what is larger than `most` can't be grown to.
        if !self.state.admits(size - before, most, now) {
            return false;
        }
        let mut held = self.state.held.borrow_mut();
        let mine = held.iter_mut().find(|held| has(held));
        mine.map(|mine| mine.size = size).is_some()
    }
}

impl Waiting {
    /// Calls `tell` when the turn has come.
    pub fn when_it_comes(&self, tell: impl FnOnce() + 'static) {
        if self.turn.place.get().is_some() { tell() } else { self.turn.tell.set(Some(Box::new(tell))) }
    }

    /// The place, if the turn has come.
    pub fn place(self) -> Option<Place> {
        self.turn.place.take().map(|number| Place { state: self.state.clone(), number })
    }

    /// The place, if the turn comes within `longest`.
    pub async fn within(self, longest: Duration) -> Option<Place> {
        // Told by a promise of the host: whichever request frees the room, this one goes on in its own context.
        promise::told_within(longest, |signal| self.when_it_comes(move || signal.send())).await;
        self.state.take_back(clock::now_ms());
        self.place()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.state.free(self.number);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(number) = self.turn.place.get() {
            return self.state.free(number);
        }
        self.state.waiting.borrow_mut().retain(|other| !Rc::ptr_eq(other, &self.turn));
        // Those behind it may want less.
        self.state.pass_on();
    }
}

impl State {
    fn used(&self) -> u64 {
        self.held.borrow().iter().map(|held| held.size).sum()
    }

    /// Whether there is room: what has nobody beside it may be of any size.
    fn fits(&self, size: u64, most: u64) -> bool {
        let used = self.used();
        used == 0 || used.saturating_add(size) <= most
    }

    /// Whether there is room for whoever comes now, behind all who wait; what was held for too long is taken back for them first.
    fn admits(&self, size: u64, most: u64, now: f64) -> bool {
        let free = || self.waiting.borrow().is_empty() && self.fits(size, most);
        free() || {
            self.take_back(now);
            free()
        }
    }

    /// Takes room until `until` at the latest; the number of the place.
    fn take(&self, size: u64, until: f64) -> u64 {
        let number = self.last.get() + 1;
        self.last.set(number);
        self.held.borrow_mut().push(Holding { number, size, until, tell: None });
        number
    }

    /// Takes back what was to be held no longer than `now`.
    fn take_back(&self, now: f64) {
        let lost: Vec<Holding> = self.held.borrow_mut().extract_if(.., |held| held.until <= now).collect();
        // Before others have it: what is told lets go of what it held.
        lost.into_iter().filter_map(|lost| lost.tell).for_each(|tell| tell());
        self.pass_on();
    }

    /// Frees a place, if it wasn't taken back.
    fn free(&self, number: u64) {
        let at = self.held.borrow().iter().position(|held| held.number == number);
        let Some(at) = at else { return };
        let freed = self.held.borrow_mut().swap_remove(at);
        // What it would have told may own a place itself.
        drop(freed);
        self.pass_on();
    }

    /// Gives what is free to whoever is next, for as many as there is room.
    fn pass_on(&self) {
        while let Some(next) = self.next() {
            next.place.set(Some(self.take(next.size, next.until)));
            if let Some(tell) = next.tell.take() {
                tell();
            }
        }
    }

    fn next(&self) -> Option<Rc<Turn>> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.front().is_some_and(|first| self.fits(first.size, self.most)).then(|| waiting.pop_front()).flatten()
    }
}

impl fmt::Debug for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holding { number, size, until, .. } = self;
        f.debug_struct("Holding").field("number", number).field("size", size).field("until", until).finish()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("size", &self.size).field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1000.0;
    const UNTIL: f64 = 2000.0;

    fn place(room: &Room, size: u64) -> Place {
        match room.ask(size, NOW, UNTIL) {
            Asked::Place(place) => place,
            other => panic!("{other:?}"),
        }
    }

    fn taken(room: &Room, size: u64, most: u64) -> Option<Place> {
        room.take(size, most, NOW, UNTIL)
    }

    /// One in the queue, and what is true once its turn was told.
    fn waiting(room: &Room, size: u64) -> (Waiting, Rc<Cell<bool>>) {
        let Asked::Waiting(waiting) = room.ask(size, NOW, UNTIL) else { panic!("there is room, or the queue is full") };
        let told = Rc::new(Cell::new(false));
        let tell = told.clone();
        waiting.when_it_comes(move || tell.set(true));
        (waiting, told)
    }

    #[test]
    fn no_more_is_held_than_there_is_and_who_waits_is_served_in_order() {
        let room = Room::new(10, 3);
        let (four, six) = (place(&room, 4), place(&room, 6));
        let ((large, large_told), (small, small_told)) = (waiting(&room, 7), waiting(&room, 2));
        drop(four);
        assert!(!large_told.get() && !small_told.get(), "2 would fit, but 7 asked first");
        let (third, third_told) = waiting(&room, 2);
        assert!(matches!(room.ask(1, NOW, UNTIL), Asked::Full), "the queue is bounded");
        drop(six);
        assert!(large_told.get() && small_told.get() && !third_told.get(), "as many as there is room for");
        drop(large.place().expect("its turn"));
        assert!(third_told.get());
        drop((small, third));
        assert_eq!(room.0.used(), 0);
    }

    #[test]
    fn what_is_larger_than_the_room_is_alone_in_it() {
        let room = Room::new(10, 1);
        let one = place(&room, 1);
        let (large, told) = waiting(&room, 70);
        assert!(!told.get());
        drop(one);
        let large = large.place().expect("its turn");
        assert!(taken(&room, 1, 10).is_none());
        let (small, told) = waiting(&room, 1);
        drop(large);
        assert!(told.get());
        drop(small);
    }

    #[test]
    fn who_does_not_wait_gets_a_share_and_passes_nobody() {
        let room = Room::new(10, 1);
        let six = taken(&room, 6, 6).expect("room");
        assert!(taken(&room, 1, 6).is_none(), "the rest is for those who wait");
        let four = place(&room, 4);
        drop(six);
        let (large, told) = waiting(&room, 9);
        assert!(taken(&room, 1, 6).is_none(), "somebody waits");
        drop(four);
        assert!(told.get());
        drop(large);
        drop(taken(&room, 6, 6).expect("room again"));
    }

    #[test]
    fn a_place_grows_as_far_as_there_is_room_and_gives_all_of_it_back() {
        let room = Room::new(10, 1);
        let mut place = taken(&room, 1, 8).expect("room");
        assert!(place.grow(4, 8, NOW) && place.grow(2, 8, NOW));
        let other = taken(&room, 3, 8).expect("room");
        assert!(!place.grow(6, 8, NOW), "3 more are held");
        assert_eq!(room.0.used(), 7, "what didn't grow is as large as before");
        drop(other);
        assert!(place.grow(8, 8, NOW));
        assert!(!place.grow(9, 8, NOW), "it is not alone, for it is there itself");
        drop(place);
        assert_eq!(room.0.used(), 0);
    }

    #[test]
    fn who_leaves_the_queue_lets_those_behind_pass() {
        let room = Room::new(10, 2);
        let held = place(&room, 5);
        let ((large, _), (small, told)) = (waiting(&room, 6), waiting(&room, 5));
        drop(large);
        assert!(told.get());
        drop((held, small));
        assert_eq!(room.0.used(), 0, "it leaves after its turn has come, without having looked");
    }

    #[test]
    fn what_is_held_for_too_long_is_taken_back_for_whoever_wants_it() {
        let room = Room::new(10, 1);
        let mut lost = place(&room, 10);
        assert!(room.take(1, 10, UNTIL - 1.0, 3000.0).is_none(), "not before its time");
        assert!(!lost.is_taken_back());
        let took = room.take(4, 10, UNTIL, 3000.0).expect("it was taken back");
        assert!(lost.is_taken_back() && !took.is_taken_back());
        // The one that was given up comes back after all: it has nothing to grow, and frees nothing that is another's now.
        assert!(!lost.grow(11, 10, UNTIL));
        drop(lost);
        assert_eq!(room.0.used(), 4);
        drop(took);
    }

    #[test]
    fn who_is_told_of_it_lets_go_before_another_has_it() {
        let room = Room::new(10, 1);
        let (lost, kept) = (place(&room, 5), place(&room, 5));
        let told = Rc::new(Cell::new(0));
        let tell = |place: &Place, weight| {
            let told = told.clone();
            place.when_taken_back(move || told.set(told.get() + weight));
        };
        // Twice: the later one counts.
        tell(&lost, 100);
        tell(&lost, 1);
        tell(&kept, 10);
        drop(kept);
        let (waiting, came) = waiting(&room, 10);
        assert_eq!((told.get(), came.get()), (0, false));
        let seen = told.clone();
        waiting.when_it_comes(move || assert_eq!(seen.replace(7), 1, "it was told first"));
        room.0.take_back(UNTIL);
        assert_eq!(told.get(), 7);
        tell(&lost, 10);
        assert_eq!(told.get(), 17, "at once where it has happened");
        drop((lost, waiting));
        assert_eq!(room.0.used(), 0);
    }

    #[test]
    fn who_is_told_may_drop_it() {
        let room = Room::new(10, 1);
        let holder = Rc::new(Cell::new(None));
        let place = place(&room, 10);
        let theirs = Rc::downgrade(&holder);
        place.when_taken_back(move || drop(theirs.upgrade().and_then(|holder| holder.take())));
        holder.set(Some(place));
        let next = room.take(10, 10, UNTIL, 3000.0).expect("it was taken back");
        assert!(holder.take().is_none(), "it was dropped");
        drop(next);
    }

    #[test]
    fn who_would_be_told_may_own_another() {
        let room = Room::new(10, 1);
        let owning = |of: &Place| {
            let other = place(&room, 1);
            of.when_taken_back(move || drop(other));
        };
        let dropped = place(&room, 1);
        owning(&dropped);
        owning(&dropped);
        assert_eq!(room.0.used(), 2, "the first one's is free");
        drop(dropped);
        assert_eq!(room.0.used(), 0);
        let lost = place(&room, 1);
        owning(&lost);
        room.0.take_back(UNTIL);
        assert_eq!(room.0.used(), 0);
        drop(lost);
    }

    #[test]
    fn a_room_is_known_as_long_as_somebody_has_a_part_of_it() {
        let room = Room::new(1, 0);
        let (weak, held) = (room.downgrade(), place(&room, 1));
        drop(room);
        assert!(weak.upgrade().is_some_and(|room| matches!(room.ask(1, NOW, UNTIL), Asked::Full)));
        drop(held);
        assert!(weak.upgrade().is_none());
    }
}
