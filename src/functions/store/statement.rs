//! Arguments and rows of statements: JSON text both ways.

use std::fmt::Write;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{IdempotencyKey, Quota, StoreError};
use crate::functions::function::Function;
use crate::functions::id::FunctionRef;
use crate::functions::revision::Revision;

/// A statement with a file in each line that says its name alone, as `-- page.sql` does, however far that is indented: what several branches of a list
/// have in common stands once.
pub(crate) fn with_file(statement: &str, name: &str, file: &str) -> String {
    let lines = statement.split_inclusive('\n');
    let is_name = |line: &str| line.trim().strip_prefix("-- ") == Some(name);
    lines.map(|line| if is_name(line) { file } else { line }).collect()
}

/// A JSON object, member by member: one path for all arguments instead of a type for each statement.
pub(crate) struct Args(String);

impl Args {
    pub(crate) fn new() -> Args {
        Args("{".to_owned())
    }

    /// The same with a member that is JSON already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Args {
        let comma = if self.0.len() > 1 { "," } else { "" };
        // Writing to a String doesn't fail.
        let _ = write!(self.0, "{comma}\"{name}\":{json}");
        self
    }

    pub(crate) fn text(self, name: &str, text: Option<&str>) -> Args {
        self.raw(name, &json(&text))
    }

    pub(crate) fn number(self, name: &str, number: impl Into<u64>) -> Args {
        self.raw(name, &number.into().to_string())
    }

    /// A revision, or null for any.
    pub(crate) fn revision(self, name: &str, revision: Option<Revision>) -> Args {
        self.raw(name, &json(&revision))
    }

    pub(crate) fn flag(self, name: &str, flag: bool) -> Args {
        self.raw(name, if flag { "true" } else { "false" })
    }

    /// Which function.
    pub(crate) fn which(which: &FunctionRef) -> Args {
        match which {
            FunctionRef::Id(id) => Args::new().text("id", Some(id.as_str())),
            FunctionRef::Name(name) => Args::new().text("name", Some(name.as_str())),
        }
    }

    /// A function that is to be made.
    pub(crate) fn creation(function: &Function, quota: Quota, key: Option<&IdempotencyKey<'_>>) -> Args {
        Args::new().raw("function", &json(function)).number("most", quota.functions).key(key)
    }

    /// An idempotency key; nothing for none.
    pub(crate) fn key(self, key: Option<&IdempotencyKey<'_>>) -> Args {
        let Some(IdempotencyKey { caller, key, request }) = key else { return self };
        self.text("caller", Some(caller)).text("key", Some(key)).text("request", Some(request))
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// Values of ours always serialize.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// The rows of each statement, as JSON text.
pub(crate) struct Rows(pub(super) String);

impl Rows {
    fn of(&self) -> Result<Vec<Vec<&RawValue>>, StoreError> {
        read(&self.0)
    }

    /// The one row of the last statement.
    pub(crate) fn last<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        let rows = self.of()?;
        read(rows.last().and_then(|rows| rows.first()).ok_or(StoreError::Unavailable)?.get())
    }

    /// Whether the statement `at` did something.
    pub(crate) fn any(&self, at: usize) -> Result<bool, StoreError> {
        Ok(self.of()?.get(at).is_some_and(|rows| !rows.is_empty()))
    }

    /// Every row of the last statement.
    pub(crate) fn all<T: DeserializeOwned>(&self) -> Result<Vec<T>, StoreError> {
        let rows = self.of()?;
        rows.last().into_iter().flatten().map(|row| read(row.get())).collect()
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "the database gave what it never should");
        StoreError::Unavailable
    })
}

/// How many branches a list has, none of which lacks its page.
#[cfg(test)]
#[track_caller]
pub(crate) fn paged_branches(list: &str, page: &str) -> usize {
    let branches = list.matches("select * from (").count();
    assert_eq!(list.matches(page).count(), branches, "{list}");
    branches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stands_where_a_line_says_so_alone() {
        let branches =
            "-- Where it says page.sql, that file stands.\n-- page.sql\nunion\n\t  -- page.sql \r\nx -- page.sql\n";
        let list = "-- Where it says page.sql, that file stands.\nlimit 1\nunion\nlimit 1\nx -- page.sql\n";
        assert_eq!(with_file(branches, "page.sql", "limit 1\n"), list);
    }

    #[test]
    #[should_panic = "select * from (b)"]
    fn a_branch_without_its_page_is_found() {
        paged_branches("select * from (a limit 1) union all select * from (b)", "limit 1");
    }
}
