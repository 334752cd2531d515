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
    #[cfg(test)]
    fn is_taken_back(&self) -> bool {
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
mod tests;
