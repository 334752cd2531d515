//! What a call fails with.

use wasm_bindgen::{JsCast, JsValue};

use crate::package::Thrown;

/// Why a call has no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database refused it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Its signal took it back; the value is the signal's reason.
    #[error("the call was taken back: {0:?}")]
    Aborted(JsValue),
    /// A value that has no SQL type was given as a parameter; nothing was sent.
    #[error("the parameters can't be given to SQL: {0}")]
    Parameters(String),
    /// What came back doesn't fit into the type that was asked for. A write was done all the same.
    #[error("the answer doesn't fit into the type that was asked for: {0}")]
    Rows(String),
    /// The package `@hashi/sqlite` was not found where the bundler or the page's import map has it.
    #[error("the package @hashi/sqlite can't be imported: {0}")]
    Package(String),
}

/// A refusal by the database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct DatabaseError {
    /// What kind of refusal.
    pub code: Code,
    /// What was wrong and what would be right.
    pub message: String,
    /// SQLite's extended result code, where it was SQLite that refused.
    pub sqlite: Option<i32>,
    /// What became of a write.
    pub outcome: Outcome,
}

/// What became of a write that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of it was applied, now or later.
    None,
    /// The leader was gone or silent, and it may have been applied.
    Unknown,
}

macro_rules! codes {
    ($($(#[doc = $what:literal])+ $variant:ident = $code:literal,)*) => {
        /// Stable codes, as `js/sqlite/index.d.ts` lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $what])+ $variant,)*
        }

        impl Code {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as JavaScript has it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

codes! {
    /// This browser or mode has no OPFS.
    NoOpfs = "no_opfs",
    /// SQLite's wasm or its JavaScript, or the tab's own wasm, could not be fetched or compiled.
    NoEngine = "no_engine",
    /// No Web Locks: not a secure context, or a very old browser.
    NoLocks = "no_locks",
    /// No leader answered in time.
    OpenTimeout = "open_timeout",
    /// The browser gave no more room; nothing of the call was applied.
    QuotaExceeded = "quota_exceeded",
    /// Another tab's transaction was open for longer than the busy timeout.
    Busy = "busy",
    /// The deadline passed.
    Timeout = "timeout",
    /// The deadline passed while the leader gave no sign of life.
    LeaderUnresponsive = "leader_unresponsive",
    /// An in-memory database went with its tab.
    LeaderLost = "leader_lost",
    /// The leader went before COMMIT; nothing of it was applied.
    TransactionLost = "transaction_lost",
    /// Idle for too long while others waited.
    TransactionExpired = "transaction_expired",
    /// The transaction has ended.
    TransactionOver = "transaction_over",
    /// Another tab brought a newer schema: reload.
    SchemaOutdated = "schema_outdated",
    /// This tab and the leading one are of different versions of the package: the message says which to reload.
    ProtocolOutdated = "protocol_outdated",
    /// A migration failed.
    MigrationFailed = "migration_failed",
    /// What was to be imported is something else.
    NotADatabase = "not_a_database",
    /// The file is damaged.
    Corrupt = "corrupt",
    /// A constraint was violated.
    Constraint = "constraint",
    /// SQLite refused the statement.
    Sql = "sql",
    /// BEGIN, ATTACH, temporary tables …: the message says what to use instead.
    NotAllowed = "not_allowed",
    /// A parameter of the wrong kind, number or name.
    Parameter = "parameter",
    /// A tab has the database open.
    InUse = "in_use",
    /// The file could not be read or written.
    Io = "io",
    /// The client was closed.
    Closed = "closed",
    /// A fault of the database's own, or a code that this crate doesn't know.
    Internal = "internal",
}

impl std::fmt::Display for Code {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(self.as_str())
    }
}

impl Error {
    /// The code of a refusal by the database.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Database(error) => Some(error.code),
            _ => None,
        }
    }

    /// What a promise of the package rejected with.
    pub(crate) fn thrown(value: JsValue) -> Self {
        if !value.is_object() {
            return Self::Aborted(value);
        }
        let error: &Thrown = value.unchecked_ref();
        // Another error is the reason of a signal: nothing else leaves the package.
        if error.name().as_string().as_deref() != Some("DatabaseError") {
            return Self::Aborted(value);
        }
        let code = error.code().as_string().unwrap_or_default();
        let message = error.message().as_string().unwrap_or_default();
        let known = Code::ALL.iter().copied().find(|known| known.as_str() == code);
        Self::Database(DatabaseError {
            message: if known.is_some() { message } else { format!("{message} (its code is {code})") },
            code: known.unwrap_or(Code::Internal),
            sqlite: error.sqlite().as_f64().map(|code| code as i32),
            outcome: if error.outcome() == "unknown" { Outcome::Unknown } else { Outcome::None },
        })
    }

    pub(crate) fn rows(error: serde_wasm_bindgen::Error) -> Self {
        Self::Rows(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_codes_are_those_of_the_package() {
        let types = include_str!("../../../js/sqlite/index.d.ts");
        let list = types.split_once("export type ErrorCode =").expect("the codes").1;
        let list = list.split_once("\n\n").expect("their end").0;
        let theirs: BTreeSet<_> = list
            .lines()
            .filter_map(|line| line.trim().strip_prefix("| \"")?.split_once('"'))
            .map(|(code, _)| code)
            .collect();
        let ours: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(ours, theirs);
    }
}
