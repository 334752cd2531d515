//! What a function is called by: its id, and its name.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A function's id: a UUID in lower case, made once and never used again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "String", extend("format" = "uuid")))]
pub struct FunctionId(Box<str>);

/// A function's name: what `/fn/{name}` calls it by, so no two functions of a deployment share one.
///
/// 1 to 63 lower-case letters, digits and hyphens that begin with a letter and don't end with a hyphen; never of a UUID's shape, so that a
/// path can hold either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(with = "String", extend("pattern" = "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", "example" = "hello-world"))
)]
pub struct FunctionName(Box<str>);

/// A user's id, as the issuer of tokens has it in `sub`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserId(Box<str>);

/// A text that names no function.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// It can't be an id.
    #[error("an id is a UUID in lower case")]
    Id,
    /// It can't be a name.
    #[error(
        "a name has 1 to 63 lower-case letters, digits and hyphens, begins with a letter, doesn't end with a hyphen, and isn't a UUID"
    )]
    Name,
}

/// What a path calls a function by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionRef {
    /// Its id.
    Id(FunctionId),
    /// Its name.
    Name(FunctionName),
}

impl FunctionId {
    /// Reads an id.
    pub fn parse(text: &str) -> Result<FunctionId, NameError> {
        is_uuid(text).then(|| FunctionId(text.into())).ok_or(NameError::Id)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FunctionName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<FunctionName, NameError> {
        let right = (1..=63).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
            && !is_uuid(text);
        right.then(|| FunctionName(text.into())).ok_or(NameError::Name)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UserId {
    /// The user whose token says `sub`.
    pub fn new(sub: &str) -> UserId {
        UserId(sub.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FunctionRef {
    /// Reads an id or a name; `None` for what is neither and so names nothing.
    pub fn parse(text: &str) -> Option<FunctionRef> {
        let name = || FunctionName::parse(text).ok().map(FunctionRef::Name);
        FunctionId::parse(text).ok().map(FunctionRef::Id).or_else(name)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        match self {
            FunctionRef::Id(id) => id.as_str(),
            FunctionRef::Name(name) => name.as_str(),
        }
    }
}

impl TryFrom<String> for FunctionId {
    type Error = NameError;

    fn try_from(text: String) -> Result<FunctionId, NameError> {
        FunctionId::parse(&text)
    }
}

impl TryFrom<String> for FunctionName {
    type Error = NameError;

    fn try_from(text: String) -> Result<FunctionName, NameError> {
        FunctionName::parse(&text)
    }
}

impl fmt::Display for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it is a UUID in lower case.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "abcdef01-2345-4678-9abc-def012345678";

    #[test]
    fn a_path_names_a_function_by_id_or_by_name_and_never_by_both() {
        assert_eq!(FunctionRef::parse(ID), FunctionId::parse(ID).ok().map(FunctionRef::Id));
        assert_eq!(FunctionRef::parse("hello"), FunctionName::parse("hello").ok().map(FunctionRef::Name));
        assert_eq!(FunctionName::parse(ID), Err(NameError::Name), "an id would be read in its place");
        for neither in ["", "Hello", "../x", "ABCDEF01-2345-4678-9ABC-DEF012345678", "a b"] {
            assert_eq!(FunctionRef::parse(neither), None, "{neither:?}");
        }
    }

    #[test]
    fn a_name_is_a_host_label_that_begins_with_a_letter() {
        let longest = "a".repeat(63);
        for right in ["a", "hello-world", "a1", "x--y", longest.as_str()] {
            assert!(FunctionName::parse(right).is_ok(), "{right}");
        }
        let longer = "a".repeat(64);
        for wrong in ["", "1a", "-a", "a-", "A", "a_b", "a.b", "a/b", "é", "a\n", longer.as_str()] {
            assert_eq!(FunctionName::parse(wrong), Err(NameError::Name), "{wrong:?}");
        }
    }
}
