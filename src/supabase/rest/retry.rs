//! When a query may be sent again, and how long to wait before.

use crate::bridge::Method;
use std::time::Duration;

/// How one attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// No connection came about, or it broke before the reply began.
    Connection,
    /// The deadline passed; there is no time left for another attempt.
    Deadline,
    /// A reply came with this status.
    Status {
        /// The HTTP status.
        status: u16,
        /// The wait that `Retry-After` asks for.
        retry_after: Option<Duration>,
    },
}

/// How often to try and how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles with each further one.
    pub base: Duration,
    /// No wait is longer; where `Retry-After` asks for more, the query isn't sent again.
    pub cap: Duration,
}

impl Default for Policy {
    /// Three attempts, waits of up to 100 and 200 ms of their own, and up to 2 s where the server asks for it.
    fn default() -> Policy {
        Policy { attempts: 3, base: Duration::from_millis(100), cap: Duration::from_secs(2) }
    }
}

impl Policy {
    /// How long to wait before sending the query again, or `None` if it must not be sent again.
    ///
    /// `attempt` counts from 1. `random` is uniform in `0.0..1.0`: the wait is that share of the exponential limit
    /// ("full jitter", Marc Brooker, *Exponential Backoff and Jitter*, AWS 2015), so that clients that failed together
    /// don't come back together.
    ///
    /// Only `GET` and `HEAD` are repeated, since a write that seemed to fail may have been done; and only after a broken
    /// connection, 502, 503, 504, or a 429 that says when to come back.
    pub fn wait(&self, method: Method, failure: Failure, attempt: u32, random: f64) -> Option<Duration> {
        if !matches!(method, Method::Get | Method::Head) || attempt == 0 || attempt >= self.attempts {
            return None;
        }
        let at_least = match failure {
            Failure::Connection => Duration::ZERO,
            Failure::Deadline => return None,
            Failure::Status { status: 429, retry_after } => retry_after?,
            Failure::Status { status: 502..=504, retry_after } => retry_after.unwrap_or_default(),
            Failure::Status { .. } => return None,
        };
        if at_least > self.cap {
            return None;
        }
        let limit = self.base.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(self.cap);
        let share = if random.is_finite() { random.clamp(0.0, 1.0) } else { 1.0 };
        Some((at_least + limit.mul_f64(share)).min(self.cap))
    }
}

/// The wait that a `Retry-After` header asks for, if it is a number of seconds (RFC 9110, section 10.2.3).
///
/// A date isn't read: a Worker's clock stands still while it computes, and servers of this kind send seconds.
pub fn retry_after(header: &str) -> Option<Duration> {
    let header = header.trim();
    let digits = !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit());
    if digits { header.parse().ok().map(Duration::from_secs) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { attempts: 4, base: Duration::from_millis(100), cap: Duration::from_secs(1) };

    fn status(status: u16) -> Failure {
        Failure::Status { status, retry_after: None }
    }

    #[test]
    fn only_reads_are_repeated() {
        for method in Method::ALL {
            let repeated = POLICY.wait(method, Failure::Connection, 1, 0.5).is_some();
            assert_eq!(repeated, matches!(method, Method::Get | Method::Head), "{method}");
        }
    }

    #[test]
    fn only_passing_failures_are_repeated() {
        for code in [200, 400, 401, 404, 406, 409, 429, 500, 501, 505] {
            assert_eq!(POLICY.wait(Method::Get, status(code), 1, 0.5), None, "{code}");
        }
        for code in [502, 503, 504] {
            assert!(POLICY.wait(Method::Get, status(code), 1, 0.5).is_some(), "{code}");
        }
        assert_eq!(POLICY.wait(Method::Get, Failure::Deadline, 1, 0.5), None);
    }

    #[test]
    fn waits_double_up_to_the_cap_and_are_spread_over_all_of_it() {
        let wait = |attempt, random| POLICY.wait(Method::Get, Failure::Connection, attempt, random);
        assert_eq!(wait(1, 0.0), Some(Duration::ZERO));
        assert_eq!(wait(1, 1.0), Some(Duration::from_millis(100)));
        assert_eq!(wait(2, 0.5), Some(Duration::from_millis(100)));
        assert_eq!(wait(3, 1.0), Some(Duration::from_millis(400)));
        assert_eq!(wait(4, 0.5), None);
        let patient = Policy { attempts: u32::MAX, ..POLICY };
        assert_eq!(patient.wait(Method::Get, Failure::Connection, 4_000_000, 1.0), Some(POLICY.cap));
    }

    #[test]
    fn a_random_number_out_of_range_does_no_harm() {
        for random in [f64::NAN, f64::INFINITY, -1.0, 7.0] {
            let wait = POLICY.wait(Method::Get, Failure::Connection, 1, random).expect("a wait");
            assert!(wait <= Duration::from_millis(100));
        }
    }

    #[test]
    fn the_server_s_wait_is_kept_or_the_query_given_up() {
        let after = |seconds| Failure::Status { status: 429, retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(POLICY.wait(Method::Get, after(1), 1, 0.7), Some(Duration::from_secs(1)));
        assert_eq!(POLICY.wait(Method::Get, after(2), 1, 0.0), None);
        let busy = Failure::Status { status: 503, retry_after: Some(Duration::from_secs(60)) };
        assert_eq!(POLICY.wait(Method::Get, busy, 1, 0.0), None);
    }

    #[test]
    fn retry_after_is_read_as_seconds() {
        assert_eq!(retry_after(" 3 "), Some(Duration::from_secs(3)));
        for header in ["", "-1", "1.5", "soon", "Fri, 31 Dec 2027 23:59:59 GMT", "99999999999999999999999"] {
            assert_eq!(retry_after(header), None, "{header}");
        }
    }
}
