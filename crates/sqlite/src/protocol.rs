//! The version of the protocol between tabs.

use crate::failure::{Code, Failure};

/// What this side speaks; a HELLO and its answer carry it. 0 is what a side speaks that names none.
///
/// It grows when a tab of the one version and a leader of the other can't do with each other, and then `crates/sqlite-tab/src/protocol.rs` has
/// the same.
pub const VERSION: u32 = 1;

/// Refuses a client that speaks another version; the failure says which side is the older one.
pub fn check(theirs: f64) -> Result<(), Failure> {
    if theirs == f64::from(VERSION) {
        return Ok(());
    }
    let which = if theirs > f64::from(VERSION) {
        "the tab that leads is older: reload or close that one"
    } else {
        "reload the page"
    };
    let number = theirs as i64;
    let what = format!(
        "this tab speaks version {number} of the protocol between tabs, the tab that leads version {VERSION}: {which}"
    );
    Err(Failure { versions: Some([number, VERSION.into()]), ..Failure::new(Code::ProtocolOutdated, what) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_refused_and_told_which_side_to_reload() {
        assert_eq!(check(f64::from(VERSION)), Ok(()));
        for (theirs, what) in [(0.0, "reload the page"), (f64::from(VERSION + 1), "that one")] {
            let failure = check(theirs).expect_err("another version");
            assert_eq!(failure.code, Code::ProtocolOutdated);
            assert!(failure.message.ends_with(what), "{}", failure.message);
        }
        for strange in [-1.0, 0.5, f64::NAN, f64::INFINITY] {
            assert!(check(strange).is_err(), "{strange}");
        }
    }
}
