//! How old an answer may be.

/// How long an answer may be used, in seconds from when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// As good as a new one.
    pub fresh: u32,
    /// After that: good enough while a new one is made (RFC 5861 section 3).
    pub while_revalidate: u32,
    /// After being fresh: better than an error (RFC 5861 section 4).
    pub if_error: u32,
}

/// What an answer of some age is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can be given as it is.
    Fresh,
    /// It can be given while a new one is made.
    Stale,
    /// It can be given if no new one can be made.
    LastResort,
}

impl Freshness {
    /// What an answer is good for that is `age` seconds old.
    pub fn state(&self, age: u32) -> State {
        if age < self.fresh {
            State::Fresh
        } else if age < self.fresh.saturating_add(self.while_revalidate) {
            State::Stale
        } else {
            State::LastResort
        }
    }

    /// How long an answer is kept, in seconds.
    pub fn kept(&self) -> u32 {
        self.fresh.saturating_add(self.while_revalidate.max(self.if_error))
    }

    /// The `Cache-Control` that says the same to browsers and to caches on the way.
    pub fn cache_control(&self) -> String {
        format!(
            "public, max-age={}, stale-while-revalidate={}, stale-if-error={}",
            self.fresh, self.while_revalidate, self.if_error
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ages_from_fresh_to_a_last_resort() {
        let freshness = Freshness { fresh: 30, while_revalidate: 300, if_error: 86_400 };
        for (age, state) in
            [(0, State::Fresh), (29, State::Fresh), (30, State::Stale), (329, State::Stale), (330, State::LastResort)]
        {
            assert_eq!(freshness.state(age), state, "{age}");
        }
        assert_eq!(freshness.kept(), 86_430);
        assert_eq!(freshness.cache_control(), "public, max-age=30, stale-while-revalidate=300, stale-if-error=86400");
    }

    #[test]
    fn nothing_is_fresh_if_freshness_is_nothing() {
        assert_eq!(Freshness { fresh: 0, while_revalidate: 0, if_error: 10 }.state(0), State::LastResort);
    }
}
