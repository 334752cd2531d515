//! What is known of functions, for a while.

use std::collections::HashMap;
use std::rc::Rc;

use crate::functions::{FunctionId, FunctionRef};

/// How many functions are known at most, and how many bytes they may have; one more, and all are asked for again.
const MOST: (usize, usize) = (1000, 8 * 1024 * 1024);

/// Functions by id and by name. Nobody is asked whether one has changed before its time is over, but for whoever changed it here.
#[derive(Debug)]
pub struct Known<T> {
    by_ref: HashMap<Box<str>, Entry<T>>,
    bytes: usize,
    for_ms: f64,
    /// When those are dropped next whose time is over.
    dropping_ms: f64,
    changes: u32,
    /// Functions of which nothing is remembered, each until then.
    unsettled: Vec<(FunctionId, f64)>,
}

/// How much had changed when somebody began to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since(u32);

/// What was found out of a function.
#[derive(Debug)]
pub struct Found<T> {
    /// Its id.
    pub id: FunctionId,
    /// What is known.
    pub value: Rc<T>,
    /// How many bytes that has, about.
    pub bytes: usize,
}

#[derive(Debug)]
struct Entry<T> {
    id: FunctionId,
    value: Rc<T>,
    bytes: usize,
    until_ms: f64,
}

impl<T> Known<T> {
    /// Knows each function for so many seconds; 0 is not at all.
    pub fn new(seconds: u32) -> Known<T> {
        let (by_ref, unsettled) = Default::default();
        Known { by_ref, bytes: 0, for_ms: f64::from(seconds) * 1000.0, dropping_ms: 0.0, changes: 0, unsettled }
    }

    /// What is known of a function.
    pub fn get(&self, which: &FunctionRef, now_ms: f64) -> Option<Rc<T>> {
        let entry = self.by_ref.get(which.as_str())?;
        (now_ms < entry.until_ms).then(|| entry.value.clone())
    }

    /// Now, for who begins to ask.
    pub fn since(&self) -> Since {
        Since(self.changes)
    }

    /// Remembers what was found out at `now_ms` by who asked `since`, and has so many bytes; not if something was changed meanwhile, since it might be this.
    pub fn put(&mut self, which: &FunctionRef, found: Found<T>, since: Since, now_ms: f64) {
        if self.for_ms == 0.0 || since != self.since() {
            return;
        }
        let Found { id, value, bytes } = found;
        if self.unsettled.iter().any(|(unsettled, until_ms)| *unsettled == id && now_ms < *until_ms) {
            return;
        }
        self.remove(which.as_str());
        let full = self.by_ref.len() >= MOST.0 || self.bytes + bytes > MOST.1;
        // Once in that time: each is looked at so often, whoever puts.
        if full || now_ms >= self.dropping_ms {
            self.retain(|entry| now_ms < entry.until_ms);
            self.dropping_ms = now_ms + self.for_ms;
        }
        if self.by_ref.len() >= MOST.0 || self.bytes + bytes > MOST.1 {
            self.by_ref.clear();
            self.bytes = 0;
        }
        self.bytes += bytes;
        self.by_ref.insert(which.as_str().into(), Entry { id, value, bytes, until_ms: now_ms + self.for_ms });
    }

    /// Forgets a function, by whatever it is called.
    pub fn forget(&mut self, id: &FunctionId) {
        self.changes = self.changes.wrapping_add(1);
        self.retain(|entry| entry.id != *id);
    }

    /// Forgets a function that may have been changed, or be changed within `for_ms` yet, by somebody who waits for it no more.
    pub fn distrust(&mut self, id: &FunctionId, now_ms: f64, for_ms: f64) {
        self.forget(id);
        self.unsettled.retain(|(unsettled, until_ms)| unsettled != id && now_ms < *until_ms);
        self.unsettled.push((id.clone(), now_ms + for_ms));
    }

    fn retain(&mut self, keeps: impl Fn(&Entry<T>) -> bool) {
        self.by_ref.retain(|_, entry| keeps(entry));
        self.bytes = self.by_ref.values().map(|entry| entry.bytes).sum();
    }

    fn remove(&mut self, which: &str) {
        self.bytes -= self.by_ref.remove(which).map_or(0, |entry| entry.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";

    fn which(text: &str) -> FunctionRef {
        FunctionRef::parse(text).expect(text)
    }

    fn id() -> FunctionId {
        FunctionId::parse(ID).expect("an id")
    }

    fn found(id: FunctionId, value: u32) -> Found<u32> {
        Found { id, value: Rc::new(value), bytes: 100 }
    }

    fn known(seconds: u32) -> Known<u32> {
        let mut known = Known::new(seconds);
        let since = known.since();
        known.put(&which("f"), found(id(), 1), since, 1000.0);
        known.put(&which(ID), found(id(), 1), since, 1000.0);
        known
    }

    #[test]
    fn a_function_is_known_for_its_time() {
        let known = known(5);
        assert_eq!(known.get(&which("f"), 5999.0).as_deref(), Some(&1));
        assert_eq!(known.get(&which("f"), 6000.0), None);
        assert_eq!(known.get(&which("g"), 1000.0), None);
        assert_eq!(self::known(0).get(&which("f"), 1000.0), None, "0 is not at all");
    }

    #[test]
    fn a_changed_function_is_forgotten_by_both_its_names() {
        let mut known = known(5);
        let other = FunctionId::parse(&ID.replace('1', "2")).expect("an id");
        known.put(&which("g"), found(other, 2), known.since(), 1000.0);
        known.forget(&id());
        assert_eq!((known.get(&which("f"), 1000.0), known.get(&which(ID), 1000.0)), (None, None));
        assert!(known.get(&which("g"), 1000.0).is_some());
    }

    #[test]
    fn what_may_be_changed_yet_is_asked_for_each_time() {
        let mut known = known(5);
        known.distrust(&id(), 1000.0, 500.0);
        assert_eq!(known.get(&which("f"), 1000.0), None);
        known.put(&which("f"), found(id(), 1), known.since(), 1499.0);
        assert_eq!(known.get(&which("f"), 1499.0), None, "it may still be changed");
        known.put(&which("f"), found(id(), 2), known.since(), 1500.0);
        assert_eq!(known.get(&which("f"), 1500.0).as_deref(), Some(&2));
    }

    #[test]
    fn what_was_asked_before_a_change_is_not_believed_after_it() {
        let mut known = known(5);
        let since = known.since();
        known.forget(&id());
        known.put(&which("f"), found(id(), 1), since, 1000.0);
        assert_eq!(known.get(&which("f"), 1000.0), None);
        known.put(&which("f"), found(id(), 2), known.since(), 1000.0);
        assert_eq!(known.get(&which("f"), 1000.0).as_deref(), Some(&2));
    }

    #[test]
    fn what_is_known_has_so_many_bytes_and_no_more() {
        let mut known = known(5);
        assert_eq!(known.bytes, 200);
        let since = known.since();
        known.put(&which("f"), found(id(), 3), since, 1000.0);
        assert_eq!(known.bytes, 200, "in the place of what it was");
        let large = |value| Found { bytes: MOST.1 - 200, ..found(id(), value) };
        known.put(&which("g"), large(4), since, 1000.0);
        assert_eq!((known.bytes, known.by_ref.len()), (MOST.1, 3));
        known.put(&which("h"), found(id(), 5), since, 1000.0);
        assert_eq!((known.bytes, known.by_ref.len()), (100, 1), "all are asked for again");
        known.forget(&id());
        assert_eq!(known.bytes, 0);
    }

    #[test]
    fn what_is_over_is_dropped_when_another_is_put_and_is_the_first_to_go() {
        let mut known = known(5);
        let put = |known: &mut Known<u32>, name: &str, bytes: usize, now_ms: f64| {
            let found = Found { bytes, ..found(id(), 2) };
            known.put(&which(name), found, known.since(), now_ms);
        };
        put(&mut known, "g", 10, 5000.0);
        assert_eq!((known.bytes, known.by_ref.len()), (210, 3), "none is over");
        put(&mut known, "h", 20, 6000.0);
        assert_eq!((known.bytes, known.by_ref.len()), (30, 2), "the first two are");
        put(&mut known, "i", MOST.1 - 20, 10_000.0);
        assert_eq!((known.bytes, known.by_ref.len()), (MOST.1, 2), "there is room without what is over");
        assert!(known.get(&which("h"), 10_000.0).is_some(), "what isn't over is still known");
    }
}
