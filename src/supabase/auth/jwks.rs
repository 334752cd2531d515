//! The keys of one issuer over time: when to fetch them, which to use meanwhile.

use std::rc::Rc;

use super::error::{AuthError, Outage};
use super::header::Header;
use super::key_set::KeySet;
use super::keys::Key;

/// The periods of a [`JwksCache`], in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long fetched keys count as current: the longest that a withdrawn key is honoured while the issuer answers.
    pub ttl: u64,
    /// The shortest time between two fetches that an unknown key id asks for, and between two failures.
    pub cooldown: u64,
    /// How long past `ttl` the last good keys serve while the issuer does not answer. An hour is the life of a Supabase
    /// session: an issuer that is down for longer has no valid sessions left to lose.
    pub stale: u64,
    /// The shortest time between two fetches while there are no keys at all to serve with.
    pub retry: u64,
    /// After what time another caller may fetch although an earlier one has not reported back: it may be slow, or its
    /// client has hung up and it never will. Short, so that nobody can keep the keys from us by hanging up.
    pub lease: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Timing { ttl: 600_000, cooldown: 30_000, retry: 2_000, stale: 3_600_000, lease: 2_000 }
    }
}

/// What to do about a token.
#[derive(Debug)]
pub enum Decision {
    /// Check the signature with this key.
    Use(Rc<Key>),
    /// Fetch the key set, report to [`JwksCache::complete`], and ask again.
    Fetch(Lease),
    /// Somebody else is fetching: ask again shortly.
    Wait,
    /// Refuse the token.
    Refuse(AuthError),
}

/// The right and duty to fetch the key set once.
#[derive(Debug, PartialEq, Eq)]
pub struct Lease {
    number: u64,
    begin: u64,
}

/// A state machine that holds an issuer's keys; it knows nothing of requests and never waits itself.
///
/// Life cycle: [`decide`](Self::decide) for each token; on [`Decision::Fetch`], fetch and [`complete`](Self::complete),
/// then decide again. Times are milliseconds of any clock that all calls share.
#[derive(Debug)]
pub struct JwksCache {
    timing: Timing,
    set: KeySet,
    /// When the keys in `set` were asked for, which is the age that counts.
    fetched: Option<u64>,
    /// The number of the lease that brought `set`.
    installed: u64,
    /// When the last fetch ended (or began, while it has not ended), and how it failed if it did.
    attempt: Option<(u64, Option<Outage>)>,
    /// The begin of the last fetch, until it reports or its lease ends.
    flight: Option<u64>,
    leases: u64,
    generation: u64,
}

impl JwksCache {
    /// An empty cache.
    pub fn new(timing: Timing) -> JwksCache {
        JwksCache {
            timing,
            set: KeySet::default(),
            fetched: None,
            installed: 0,
            attempt: None,
            flight: None,
            leases: 0,
            generation: 0,
        }
    }

    /// What to do about a token with that header at `now`.
    pub fn decide(&mut self, header: &Header, now: u64) -> Decision {
        if self.flight.is_some_and(|begin| elapsed(begin, now) >= self.timing.lease) {
            self.flight = None;
        }
        let age = self.fetched.map(|fetched| elapsed(fetched, now));
        let is_current = age.is_some_and(|age| age < self.timing.ttl);
        let is_usable = age.is_some_and(|age| age < self.timing.ttl.saturating_add(self.timing.stale));
        if !is_usable {
            return match self.attempt {
                _ if self.flight.is_some() => Decision::Wait,
                Some((begin, Some(outage))) if elapsed(begin, now) < self.timing.retry => {
                    Decision::Refuse(AuthError::KeysUnavailable(outage))
                }
                _ => self.lease(now),
            };
        }
        match self.set.select(header) {
            Ok(key) if is_current || self.flight.is_some() => Decision::Use(key),
            Ok(key) if self.outage().is_some() && self.is_cooling(now) => Decision::Use(key),
            Ok(_) => self.lease(now),
            Err(AuthError::UnknownKey) if self.flight.is_some() => Decision::Wait,
            Err(AuthError::UnknownKey) if !self.is_cooling(now) => self.lease(now),
            // The issuer may have published the key since, and we could not look: that is not the caller's fault.
            Err(AuthError::UnknownKey) => {
                Decision::Refuse(self.outage().map_or(AuthError::UnknownKey, AuthError::KeysUnavailable))
            }
            Err(error) => Decision::Refuse(error),
        }
    }

    /// Reports the end of a fetch at `now`. A failure keeps the last good keys. A late report still counts, unless it is the
    /// failure of an earlier fetch or a later fetch has brought newer keys.
    pub fn complete(&mut self, lease: Lease, outcome: Result<KeySet, Outage>, now: u64) {
        let is_last = lease.number == self.leases;
        if is_last {
            self.flight = None;
            // Pauses count from the end: a fetch that took long to fail is no reason for the next one.
            self.attempt = Some((now, outcome.as_ref().err().copied()));
        }
        let Ok(set) = outcome else { return };
        if lease.number < self.installed {
            return;
        }
        self.installed = lease.number;
        self.fetched = Some(lease.begin);
        // Keys that stayed the same keep their identity, and with it what the host has imported.
        if !self.set.same_keys(&set) {
            self.set = set;
            self.generation += 1;
        }
    }

    /// A number that grows whenever the keys change.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    fn lease(&mut self, now: u64) -> Decision {
        self.leases += 1;
        self.flight = Some(now);
        self.attempt = Some((now, None));
        Decision::Fetch(Lease { number: self.leases, begin: now })
    }

    /// How the last fetch failed, if it did.
    fn outage(&self) -> Option<Outage> {
        self.attempt.and_then(|(_, outage)| outage)
    }

    fn is_cooling(&self, now: u64) -> bool {
        self.attempt.is_some_and(|(begin, _)| elapsed(begin, now) < self.timing.cooldown)
    }
}

/// The time from `then` to `now`; for ever when the clock was set back, so that no period lasts longer than it should.
fn elapsed(then: u64, now: u64) -> u64 {
    now.checked_sub(then).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "tests/jwks.rs"]
mod tests;
