//! Why a call gave no result.

use crate::bridge::held::{NoRoom, RETRY_SECONDS};
use crate::bridge::{Kind, Problem};

/// Why a call gave no result. docs/problems.md has each code with its status and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The code, its status and its title.
    pub kind: Kind,
    /// What happened, for who may know the function from inside.
    pub detail: String,
    /// Of a trap: which, such as `unreachable`.
    pub trap: Option<String>,
}

/// The failures that the glue in an isolate tells.
const TOLD: [Kind; 13] = [
    Kind::EXPORT_NOT_FOUND,
    Kind::INVALID_ARGUMENT,
    Kind::VALUE_TOO_LARGE,
    Kind::INVALID_RESPONSE,
    Kind::GUEST_ERROR,
    Kind::PERMISSION_DENIED,
    Kind::TRAP,
    Kind::FUEL_EXHAUSTED,
    Kind::MEMORY_LIMIT_EXCEEDED,
    Kind::CALL_DEPTH_EXCEEDED,
    Kind::EXECUTION_TIMEOUT,
    Kind::COMPILATION_FAILED,
    Kind::BODY_TOO_LARGE,
];

impl From<NoRoom> for Failure {
    fn from(error: NoRoom) -> Failure {
        Failure::new(Kind::OVERLOADED, error.to_string())
    }
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Failure {
        Failure { kind, detail: detail.into(), trap: None }
    }

    /// The one that the glue tells by its code; one that it has no name for is a fault of ours.
    pub fn told(code: &str, trap: Option<&str>, detail: String) -> Failure {
        let kind = TOLD.into_iter().find(|kind| kind.code == code).unwrap_or_else(|| {
            tracing::error!(code, detail, "a function's isolate failed");
            Kind::INTERNAL
        });
        Failure { kind, detail, trap: trap.map(str::to_owned) }
    }

    /// The one that the host's words stand for when it could make no call, or lost it.
    pub fn of_host(said: &str) -> Failure {
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        if has(&["memory limit", "out of memory"]) {
            return Failure::new(Kind::MEMORY_LIMIT_EXCEEDED, "the function's isolate ran out of memory");
        }
        if has(&["WebAssembly", "CompileError", "Failed to start", "failed to start", "SyntaxError"]) {
            return Failure::new(
                Kind::COMPILATION_FAILED,
                "the host can't compile the module's bundle; upload it again",
            );
        }
        if has(&["CPU time limit", "exceeded CPU"]) {
            return Failure::new(Kind::FUEL_EXHAUSTED, "the function's isolate used up its CPU time");
        }
        Failure::new(Kind::UNAVAILABLE, "the function's isolate can't be reached now; try again")
    }

    /// Whether it is the guest's own doing, of which a client of `/fn` learns no more than the code.
    fn is_guests(&self) -> bool {
        matches!(
            self.kind,
            Kind::GUEST_ERROR | Kind::PERMISSION_DENIED | Kind::TRAP | Kind::INVALID_ARGUMENT | Kind::INVALID_RESPONSE
        )
    }

    /// What a caller of the API learns.
    pub fn into_problem(self) -> Problem {
        let problem = Problem::new(self.kind).with_detail(self.detail);
        let problem = match &self.trap {
            Some(kind) => problem.with_member("kind", &serde_json::to_string(kind).unwrap_or_default()),
            None => problem,
        };
        with_retry(problem)
    }

    /// What a client of `/fn` learns, who may be a stranger to the function's owner.
    pub fn into_public_problem(self) -> Problem {
        if self.is_guests() { Problem::new(self.kind) } else { self.into_problem() }
    }
}

fn with_retry(problem: Problem) -> Problem {
    match problem.kind() {
        Kind::OVERLOADED | Kind::UNAVAILABLE => problem.with_header("retry-after", RETRY_SECONDS),
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_that_is_told_has_its_code() {
        for kind in TOLD {
            assert_eq!(Failure::told(kind.code, None, String::new()).kind, kind);
        }
        assert_eq!(Failure::told("host_error", None, String::new()).kind, Kind::INTERNAL);
    }

    #[test]
    fn a_stranger_learns_the_code_of_what_the_guest_says_and_nothing_more() {
        let guests = Failure::new(Kind::GUEST_ERROR, "the key is hunter2");
        assert_eq!(guests.clone().into_problem().detail(), Some("the key is hunter2"));
        assert_eq!(guests.into_public_problem().detail(), None);
        let ours = Failure::new(Kind::FUEL_EXHAUSTED, "the call used up its fuel");
        assert!(ours.into_public_problem().detail().is_some());
    }

    #[test]
    fn the_hosts_words_are_told_apart() {
        for (said, kind) in [
            ("Error: Worker exceeded memory limit.", Kind::MEMORY_LIMIT_EXCEEDED),
            ("Error: Failed to start Worker:\nUncaught CompileError", Kind::COMPILATION_FAILED),
            ("Error: Worker exceeded CPU time limit.", Kind::FUEL_EXHAUSTED),
            ("Error: internal error; reference = 1", Kind::UNAVAILABLE),
        ] {
            assert_eq!(Failure::of_host(said).kind, kind, "{said}");
        }
    }
}
