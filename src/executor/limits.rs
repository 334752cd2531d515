//! What a call may use.

use std::fmt::Write;
use std::time::Duration;

use crate::bridge::isolate::BODY_WAIT;
use crate::functions::Function;
use crate::functions::limits::EXECUTION_MS;

/// The most bytes of a request for a call by the API: 10 MiB of arguments in Base64, and what is around them.
pub const CALL_BYTES: usize = 14 * 1024 * 1024;

/// The most bytes of a body to and from a guest.
pub const BODY_BYTES: u64 = 10 * 1024 * 1024;

/// The most bytes of a value's JSON text that the history keeps.
pub const RESULT_BYTES: u64 = 4096;

/// How many bundles an isolate of ours keeps, and how many bytes they may have in all.
pub const KEPT_BUNDLES: (usize, u64) = (20, 32 * 1024 * 1024);

/// How long a call waits for its bundle, whoever reads it.
pub const BUNDLE_WAIT: Duration = Duration::from_secs(10);

/// How long a call waits for another that reads the same bundle, before it reads it itself.
pub const BUNDLE_TURN: Duration = Duration::from_secs(5);

/// How long a call waits for room to read its bundle, or the value it came to: so long that it can still read it in its turn.
pub const ROOM_WAIT: Duration = Duration::from_secs(3);

/// How many bytes the bundle of a module of `size` bytes has at most, for nearly all; for where a store doesn't say how many it has.
pub fn loading(size: u64) -> u64 {
    size.saturating_mul(2)
}

/// How long an isolate is waited for whose call may take `longest`: for the request's body, for what the guest waits for, and for what it computes, which fuel
/// bounds and no clock. Its own timer ends a guest long before; this is for an isolate of which nothing is heard.
pub fn answered_within(longest: Duration) -> Duration {
    longest * 2 + Duration::from_millis(EXECUTION_MS.most)
}

/// How long a call whose function may take `longest` holds its place at most, from when it asked for it: its turn, its bundle, its answer, and what that says.
pub fn held_at_most(longest: Duration) -> Duration {
    longest + BUNDLE_WAIT + answered_within(longest) + BODY_WAIT
}

/// How long the body of a request for a call is held at most once it is read: by any function's call.
pub fn body_held_at_most() -> Duration {
    held_at_most(Duration::from_millis(EXECUTION_MS.most))
}

/// How many calls of a function one isolate of ours has under way at once, and how many more may wait for their turn.
pub const AT_ONCE: (usize, usize) = (32, 128);

/// What the glue in a function's isolate goes by, as JSON (js/isolate/serve.js): the same for all calls of a revision.
pub fn settings(function: &Function) -> String {
    let Function { max_fuel, memory_pages, max_execution_ms, permissions, .. } = function;
    let (logging, requests) = (permissions.logging(), permissions.http_requests().unwrap_or_default());
    let mut text = String::new();
    // Writing to a String doesn't fail.
    let _ = write!(
        text,
        r#"{{"fuel":{max_fuel},"pages":{memory_pages},"ms":{max_execution_ms},"logging":{logging},"requests":{requests}}}"#
    );
    text
}

/// The time that a call has, in milliseconds: the function's own limit, or less if the caller asks for less.
pub fn timeout(function: &Function, wanted: Option<u32>) -> Result<u32, String> {
    let Some(wanted) = wanted else { return Ok(function.max_execution_ms) };
    if (1..=EXECUTION_MS.most).contains(&u64::from(wanted)) {
        return Ok(wanted.min(function.max_execution_ms));
    }
    Err(format!("timeoutMs: expected a whole number from 1 to {}, got {wanted}", EXECUTION_MS.most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::Permissions;
    use crate::functions::tests::function;

    #[test]
    fn settings_are_the_functions_own_and_nothing_is_on_unless_permitted() {
        let strict = function("f");
        assert_eq!(settings(&strict), r#"{"fuel":1000000000,"pages":256,"ms":5000,"logging":false,"requests":0}"#);
        let permissions = Permissions::builder().with_http().with_http_requests(7).with_logging().build();
        let open = Function { permissions: permissions.expect("permissions"), ..strict };
        assert_eq!(settings(&open), r#"{"fuel":1000000000,"pages":256,"ms":5000,"logging":true,"requests":7}"#);
    }

    #[test]
    fn a_caller_can_ask_for_less_time_and_not_for_more() {
        let function = function("f");
        for (wanted, given) in [(None, 5000), (Some(1), 1), (Some(5000), 5000), (Some(30_000), 5000)] {
            assert_eq!(timeout(&function, wanted), Ok(given));
        }
        for wrong in [0, 30_001] {
            let error = timeout(&function, Some(wrong)).expect_err("out of range");
            assert_eq!(error, format!("timeoutMs: expected a whole number from 1 to 30000, got {wrong}"));
        }
    }
}
