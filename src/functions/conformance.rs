//! What the suites share: cases with names, and checks that fail without killing the instance.

use super::access::Access;
use super::caller::Caller;
use super::function::{Function, OwnerType};
use super::id::{FunctionId, UserId};
use crate::bridge::clock;

/// How a case ends: an error says what was expected.
pub type Outcome = Result<(), String>;

/// Fails the case unless the condition holds.
macro_rules! check {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
pub(crate) use check;

/// Fails the case unless both are equal.
macro_rules! same {
    ($left:expr, $right:expr, $what:literal) => {
        match (&$left, &$right) {
            (left, right) if left == right => {}
            (left, right) => return Err(format!("{}: expected {right:?}, got {left:?}", $what)),
        }
    };
}
pub(crate) use same;

/// The suite of stores that are all of these traits: `CASES`, the names of its cases, and `run`, which runs one. A case is the function of its name.
macro_rules! suite {
    ($($bound:path),+; $($module:ident::{ $($case:ident),+ $(,)? })+) => {
        /// The names of the cases.
        pub const CASES: &[&str] = &[$($(stringify!($case)),+),+];

        /// Runs a case against a store, which may hold other things.
        ///
        /// # Errors
        /// What was expected and what was there instead; or that there is no such case.
        pub async fn run<S: $($bound +)+>(case: &str, store: &S) -> $crate::functions::conformance::Outcome {
            match case {
                $($(stringify!($case) => $module::$case(store).await,)+)+
                _ => Err(format!("there is no case {case}")),
            }
        }
    };
}
pub(crate) use suite;

/// A user whom no other case knows.
pub(crate) fn user() -> Caller {
    Caller::User(UserId::new(&clock::uuid()))
}

/// A name that no other case uses.
pub(crate) fn name() -> String {
    format!("f{}", &clock::uuid()[..13])
}

/// A function of `caller` that is not stored yet, with settings given as members of a JSON object.
pub(crate) fn draft(caller: &Caller, owner_type: OwnerType, settings: &str) -> Result<Function, String> {
    let creation = Access::create(caller, owner_type).map_err(said)?;
    let comma = if settings.is_empty() { "" } else { "," };
    let draft = format!("{{\"name\":\"{}\"{comma}{settings}}}", name());
    let draft: super::draft::Draft = serde_json::from_str(&draft).map_err(said)?;
    draft.create(FunctionId::parse(&clock::uuid()).map_err(said)?, &creation).map_err(said)
}

/// What an error says, for a case that didn't expect it.
pub(crate) fn said(error: impl std::fmt::Debug) -> String {
    format!("not expected here: {error:?}")
}
