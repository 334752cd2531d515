//! What a call can fail with.

use rusqlite::ffi;

/// Stable codes, as `js/sqlite/index.d.ts` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// Another transaction was open for too long.
    Busy,
    /// The deadline passed.
    Timeout,
    /// The caller took the call back before it was begun.
    Cancelled,
    /// No text is kept under the statement's number: the client sends the call with its text.
    UnknownStatement,
    /// SQLite refused the statement.
    Sql,
    /// A constraint was violated.
    Constraint,
    /// A statement that a shared connection can't have.
    NotAllowed,
    /// A parameter of the wrong kind, number or name.
    Parameter,
    /// The transaction that the call belongs to is over.
    TransactionOver,
    /// The transaction did nothing while others waited.
    TransactionExpired,
    /// The transaction went with an earlier leader.
    TransactionLost,
    /// What was asked for went with an earlier leader.
    LeaderLost,
    /// The database has a newer schema than the tab.
    SchemaOutdated,
    /// The client speaks another version of the protocol.
    ProtocolOutdated,
    /// A migration failed.
    MigrationFailed,
    /// Not a database file.
    NotADatabase,
    /// The file is damaged.
    Corrupt,
    /// The browser gave no more room.
    QuotaExceeded,
    /// The file could not be read or written.
    Io,
    /// A fault of ours.
    Internal,
}

impl Code {
    /// The code as JavaScript sees it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::UnknownStatement => "unknown_statement",
            Self::Sql => "sql",
            Self::Constraint => "constraint",
            Self::NotAllowed => "not_allowed",
            Self::Parameter => "parameter",
            Self::TransactionOver => "transaction_over",
            Self::TransactionExpired => "transaction_expired",
            Self::TransactionLost => "transaction_lost",
            Self::LeaderLost => "leader_lost",
            Self::SchemaOutdated => "schema_outdated",
            Self::ProtocolOutdated => "protocol_outdated",
            Self::MigrationFailed => "migration_failed",
            Self::NotADatabase => "not_a_database",
            Self::Corrupt => "corrupt",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Io => "io",
            Self::Internal => "internal",
        }
    }
}

/// A refused call. Nothing of it was applied, unless `unknown` says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure.
    pub code: Code,
    /// What was wrong and what would be right.
    pub message: String,
    /// SQLite's extended result code.
    pub sqlite: Option<i32>,
    /// Whether a part may have been applied all the same: the disk failed while the commit was being written.
    pub unknown: bool,
    /// Of `SchemaOutdated`: the schema that the client knows, and the database's. Of `ProtocolOutdated`: the client's version and the leader's.
    pub versions: Option<[i64; 2]>,
}

impl Failure {
    /// A failure with a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), sqlite: None, unknown: false, versions: None }
    }
}

impl From<crate::pack::Damaged> for Failure {
    fn from(damaged: crate::pack::Damaged) -> Self {
        Self::new(Code::Internal, damaged.to_string())
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(error, message) => {
                let message = message.unwrap_or_else(|| error.to_string());
                of_sqlite(error.extended_code, message)
            }
            rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
                let near = usize::try_from(offset).ok().and_then(|offset| sql.get(offset..)).unwrap_or(&sql);
                let near: String = near.chars().take(60).collect();
                of_sqlite(error.extended_code, format!("{msg}, at: {near}"))
            }
            rusqlite::Error::MultipleStatement => Self::new(
                Code::Sql,
                "the text has more than one statement: exec() and batch() take several, this call takes one",
            ),
            other => Self::new(Code::Sql, other.to_string()),
        }
    }
}

fn of_sqlite(extended: i32, message: String) -> Failure {
    let code = match extended & 0xff {
        ffi::SQLITE_CONSTRAINT => Code::Constraint,
        ffi::SQLITE_FULL => Code::QuotaExceeded,
        ffi::SQLITE_CORRUPT => Code::Corrupt,
        ffi::SQLITE_NOTADB => Code::NotADatabase,
        ffi::SQLITE_INTERRUPT => Code::Timeout,
        ffi::SQLITE_AUTH => Code::NotAllowed,
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN => Code::Io,
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Code::Busy,
        _ => Code::Sql,
    };
    Failure { sqlite: Some(extended), ..Failure::new(code, message) }
}
