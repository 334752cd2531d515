//! Numbers that grow: a function's revision, a module's version.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number that grows with every change of a function's settings or active module; from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Revision(pub u32);

/// The number of one module of a function; from 1, in the order of their first upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModuleVersion(pub u32);

impl ModuleVersion {
    /// Reads a number from 1 to the largest that every store has: decimal digits, as a version is written.
    pub fn parse(text: &str) -> Option<ModuleVersion> {
        let plain = !text.starts_with(['+', '0']);
        text.parse().ok().filter(|version| plain && i32::try_from(*version).is_ok()).map(ModuleVersion)
    }
}

impl fmt::Display for ModuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_written_in_one_way() {
        assert_eq!(ModuleVersion::parse("1"), Some(ModuleVersion(1)));
        assert_eq!(ModuleVersion::parse("2147483647"), Some(ModuleVersion(2_147_483_647)));
        for wrong in ["", "0", "01", "+1", "-1", "1.0", " 1", "2147483648", "4294967295", "x"] {
            assert_eq!(ModuleVersion::parse(wrong), None, "{wrong:?}");
        }
    }
}
