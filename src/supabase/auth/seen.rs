//! Tokens that were verified a moment ago.

use std::collections::HashMap;

use super::verify::Verified;

/// The most tokens remembered.
pub const MAX_SEEN: usize = 256;
/// The longest time that a verdict is remembered, in milliseconds.
pub const MAX_SEEN_MS: u64 = 60_000;
/// Longer tokens are checked each time: together with [`MAX_SEEN`] this bounds the memory.
pub const MAX_SEEN_BYTES: usize = 4096;

/// A small least-recently-used map from the exact token to its claims.
///
/// It holds verified tokens only, so a stranger can't fill it. It forgets everything when the issuer's keys change;
/// dates, issuer and audience are checked again on each use.
#[derive(Default)]
pub(super) struct Seen {
    entries: HashMap<Box<str>, Entry>,
    generation: u64,
    clock: u64,
}

struct Entry {
    verified: Verified,
    since: u64,
    used: u64,
}

impl Seen {
    /// What `token` says, if it was verified lately with the keys of `generation`.
    pub(super) fn get(&mut self, token: &str, generation: u64, now: u64) -> Option<Verified> {
        if self.generation != generation {
            self.entries.clear();
            self.generation = generation;
        }
        let entry = self.entries.get_mut(token)?;
        if now.checked_sub(entry.since).is_none_or(|age| age >= MAX_SEEN_MS) {
            self.entries.remove(token);
            return None;
        }
        self.clock += 1;
        entry.used = self.clock;
        Some(entry.verified.clone())
    }

    /// Remembers a token that was verified at `now` with a key of `generation`.
    pub(super) fn insert(&mut self, token: &str, verified: &Verified, generation: u64, now: u64) {
        if token.len() > MAX_SEEN_BYTES || generation != self.generation {
            return;
        }
        if self.entries.len() >= MAX_SEEN && !self.entries.contains_key(token) {
            // A scan of 256 numbers, next to a signature check that has just cost a hundred times as much.
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(token, _)| token.clone());
            if let Some(oldest) = oldest {
                self.entries.remove(&oldest);
            }
        }
        self.clock += 1;
        let entry = Entry { verified: verified.clone(), since: now, used: self.clock };
        self.entries.insert(token.into(), entry);
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::supabase::auth::claims::Claims;

    fn verified() -> Verified {
        Verified::new(Rc::new(Claims::parse(br#"{"exp":1}"#.to_vec()).expect("claims")), true)
    }

    #[test]
    fn a_verdict_lasts_a_minute() {
        let mut seen = Seen::default();
        seen.insert("token", &verified(), 0, 1000);
        assert!(seen.get("token", 0, 1000 + MAX_SEEN_MS - 1).is_some());
        assert!(seen.get("tokem", 0, 1000).is_none());
        assert!(seen.get("token", 0, 1000 + MAX_SEEN_MS).is_none());
        assert!(seen.get("token", 0, 1000).is_none(), "an old verdict must be gone, not hidden");
    }

    #[test]
    fn a_clock_set_back_ends_a_verdict() {
        let mut seen = Seen::default();
        seen.insert("token", &verified(), 0, 1000);
        assert!(seen.get("token", 0, 999).is_none());
    }

    #[test]
    fn new_keys_end_all_verdicts_and_late_ones_are_dropped() {
        let mut seen = Seen::default();
        seen.insert("token", &verified(), 0, 0);
        assert!(seen.get("token", 1, 0).is_none());
        seen.insert("token", &verified(), 0, 0);
        assert!(seen.get("token", 1, 0).is_none());
        seen.insert("token", &verified(), 1, 0);
        assert!(seen.get("token", 1, 0).is_some());
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut seen = Seen::default();
        for n in 0..MAX_SEEN {
            seen.insert(&n.to_string(), &verified(), 0, 0);
        }
        assert!(seen.get("0", 0, 0).is_some());
        seen.insert("one more", &verified(), 0, 0);
        assert_eq!(seen.entries.len(), MAX_SEEN);
        assert!(seen.get("0", 0, 0).is_some() && seen.get("one more", 0, 0).is_some());
        assert!(seen.get("1", 0, 0).is_none());
    }

    #[test]
    fn a_long_token_is_not_kept() {
        let mut seen = Seen::default();
        let token = "a".repeat(MAX_SEEN_BYTES + 1);
        seen.insert(&token, &verified(), 0, 0);
        assert!(seen.get(&token, 0, 0).is_none());
    }
}
