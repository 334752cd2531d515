//! All calls that have no answer, in the order of their ids.

use std::collections::VecDeque;

use crate::call::{Call, CallId};

/// Calls come at the end, and go mostly from the front.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    last: CallId,
    pending: VecDeque<Call>,
}

impl Calls {
    /// Takes a call in and gives it its id.
    pub fn add(&mut self, mut call: Call) -> CallId {
        self.last += 1;
        call.id = self.last;
        self.pending.push_back(call);
        self.last
    }

    /// The id of the newest call there ever was.
    pub fn last(&self) -> CallId {
        self.last
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// The lowest id without an answer: all below it have theirs. That of the next call if there are none.
    pub fn acked(&self) -> CallId {
        self.pending.front().map_or(self.last + 1, |call| call.id)
    }

    fn at(&self, id: CallId) -> Option<usize> {
        // Answers come mostly in order.
        if self.pending.front()?.id == id {
            return Some(0);
        }
        self.pending.binary_search_by_key(&id, |call| call.id).ok()
    }

    /// One that is there.
    pub fn find(&mut self, id: CallId) -> Option<&mut Call> {
        let at = self.at(id)?;
        self.pending.get_mut(at)
    }

    /// Takes one out.
    pub fn remove(&mut self, id: CallId) -> Option<Call> {
        let at = self.at(id)?;
        self.pending.remove(at)
    }

    /// Takes all out.
    pub fn take(&mut self) -> VecDeque<Call> {
        std::mem::take(&mut self.pending)
    }

    /// Puts those back that stay, in the order in which they were taken out.
    pub fn put_back(&mut self, calls: VecDeque<Call>) {
        self.pending = calls;
    }
}
