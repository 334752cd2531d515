//! What a call or an opening fails with on this side.

use crate::protocol;

/// What is the matter with a leader that doesn't answer, and what a person can do.
pub const SILENCE: &str =
    "the tab that leads gives no sign of life: it may be frozen or busy. Bring it to the front, or close it";

/// The same as a sentence, for `status()`.
pub fn advice() -> String {
    let (first, rest) = SILENCE.split_at(1);
    format!("{}{rest}.", first.to_ascii_uppercase())
}

/// Why a call was refused or given up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The client is closed.
    #[error("the database was closed: open() it again")]
    Closed,
    /// Another tab brought a newer schema.
    #[error("the database has schema version {database}, this tab's code knows {ours}: reload the page")]
    Outdated {
        /// The version that this tab knows.
        ours: u64,
        /// The version that the database has.
        database: u64,
    },
    /// This tab and the leader's are of different versions of the package.
    #[error("{}", other_version(*.leader))]
    Protocol {
        /// The version of the protocol that the leader speaks.
        leader: u32,
    },
    /// The leader of an iteration is gone.
    #[error("the iteration's snapshot went with the tab that held the database: iterate again")]
    SnapshotLost,
    /// The leader of a transaction is gone.
    #[error(
        "the tab that held the database went before COMMIT: nothing of the transaction was applied; run it again, or let transaction() do so with {{ retries }}"
    )]
    TransactionLost,
    /// A database in memory went with its tab.
    #[error("the database was in the memory of a tab that is gone")]
    MemoryLost,
    /// Too many leaders went while the call was under way.
    #[error("{0} leaders went while the call was under way")]
    LeadersLost(u8),
    /// The deadline passed.
    #[error("the deadline passed before the answer came")]
    Timeout,
    /// The deadline passed, and the leader is silent.
    #[error("the deadline passed, and {}", SILENCE)]
    Unresponsive,
    /// No leader answered in time.
    #[error("not open after {after} ms: {}", why_not(*.held, *.after, *.asked))]
    OpenTimeout {
        /// The milliseconds waited.
        after: u64,
        /// For how many of them this tab's code was there.
        asked: u64,
        /// Whether some tab holds the database.
        held: bool,
    },
    /// The leader has the database in memory, and this tab was not told to be content with that.
    #[error("the tab that leads found no OPFS and was told to go on in memory; this tab was not")]
    OnlyMemory,
    /// What a worker or a leader refused with, in its own words.
    #[error("{message}")]
    Told {
        /// The code.
        code: String,
        /// What was wrong and what would be right.
        message: String,
        /// SQLite's extended result code.
        sqlite: Option<i32>,
    },
}

fn why_not(held: bool, after: u64, asked: u64) -> String {
    if asked < after / 2 {
        return format!(
            "to fetch this tab's code took all but {asked} ms of them. Open it again, or with a longer openTimeout"
        );
    }
    if held { format!("another tab holds the database, and {SILENCE}") } else { "no leader was elected".into() }
}

fn other_version(leader: u32) -> String {
    let ours = protocol::VERSION;
    let which = if leader < ours { "the tab that leads is older: reload or close that one" } else { "reload the page" };
    format!("this tab speaks version {ours} of the protocol between tabs, the tab that leads version {leader}: {which}")
}

impl Refusal {
    /// The stable code, as `js/sqlite/index.d.ts` lists them.
    pub fn code(&self) -> &str {
        match self {
            Self::Closed => "closed",
            Self::Outdated { .. } => "schema_outdated",
            Self::Protocol { .. } => "protocol_outdated",
            Self::SnapshotLost | Self::MemoryLost | Self::LeadersLost(_) => "leader_lost",
            Self::TransactionLost => "transaction_lost",
            Self::Timeout => "timeout",
            Self::Unresponsive => "leader_unresponsive",
            Self::OpenTimeout { .. } => "open_timeout",
            Self::OnlyMemory => "no_opfs",
            Self::Told { code, .. } => code,
        }
    }

    /// Whether it stays when another leader comes.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::Outdated { .. })
    }

    /// SQLite's extended result code, where it was SQLite that refused.
    pub fn sqlite(&self) -> Option<i32> {
        match self {
            Self::Told { sqlite, .. } => *sqlite,
            _ => None,
        }
    }
}
