//! What is known of functions, for a while.

use std::collections::HashMap;
use std::rc::Rc;

use crate::functions::{FunctionId, FunctionRef};

/// How many functions are known at most; one more, and all are asked for again.
const MOST: usize = 1000;

/// Functions by id and by name. Nobody is asked whether one has changed before its time is over, but for whoever changed it here.
#[derive(Debug)]
pub struct Known<T> {
    by_ref: HashMap<Box<str>, Entry<T>>,
    for_ms: f64,
    changes: u32,
}

/// How much had changed when somebody began to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since(u32);

#[derive(Debug)]
struct Entry<T> {
    id: FunctionId,
    value: Rc<T>,
    until_ms: f64,
}

impl<T> Known<T> {
    /// Knows each function for so many seconds; 0 is not at all.
    pub fn new(seconds: u32) -> Known<T> {
        Known { by_ref: HashMap::new(), for_ms: f64::from(seconds) * 1000.0, changes: 0 }
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

    /// Remembers what was found out at `now_ms` by who asked `since`; not if something was changed meanwhile, since it might be this.
    pub fn put(&mut self, which: &FunctionRef, id: FunctionId, value: Rc<T>, since: Since, now_ms: f64) {
        if self.for_ms == 0.0 || since != self.since() {
            return;
        }
        if self.by_ref.len() >= MOST {
            self.by_ref.clear();
        }
        self.by_ref.insert(which.as_str().into(), Entry { id, value, until_ms: now_ms + self.for_ms });
    }

    /// Forgets a function, by whatever it is called.
    pub fn forget(&mut self, id: &FunctionId) {
        self.changes = self.changes.wrapping_add(1);
        self.by_ref.retain(|_, entry| entry.id != *id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";

    fn which(text: &str) -> FunctionRef {
        FunctionRef::parse(text).expect(text)
    }

    fn known(seconds: u32) -> Known<u32> {
        let mut known = Known::new(seconds);
        let (id, since) = (FunctionId::parse(ID).expect("an id"), known.since());
        known.put(&which("f"), id.clone(), Rc::new(1), since, 1000.0);
        known.put(&which(ID), id, Rc::new(1), since, 1000.0);
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
        known.put(
            &which("g"),
            FunctionId::parse(&ID.replace('1', "2")).expect("an id"),
            Rc::new(2),
            known.since(),
            1000.0,
        );
        known.forget(&FunctionId::parse(ID).expect("an id"));
        assert_eq!((known.get(&which("f"), 1000.0), known.get(&which(ID), 1000.0)), (None, None));
        assert!(known.get(&which("g"), 1000.0).is_some());
    }

    #[test]
    fn what_was_asked_before_a_change_is_not_believed_after_it() {
        let mut known = known(5);
        let (id, since) = (FunctionId::parse(ID).expect("an id"), known.since());
        known.forget(&id);
        known.put(&which("f"), id.clone(), Rc::new(1), since, 1000.0);
        assert_eq!(known.get(&which("f"), 1000.0), None);
        known.put(&which("f"), id, Rc::new(2), known.since(), 1000.0);
        assert_eq!(known.get(&which("f"), 1000.0).as_deref(), Some(&2));
    }
}
