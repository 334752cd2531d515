//! Numbers that grow: a function's revision, a module's version.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number that grows with every change of a function's settings or active module; from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Revision(pub u32);

impl Revision {
    /// The entity tag (RFC 9110 section 8.8.3) of a function in this revision.
    pub fn etag(self) -> String {
        format!("\"r{}\"", self.0)
    }
}

/// The number of one module of a function; from 1, in the order of their first upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModuleVersion(pub u32);

impl fmt::Display for ModuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
