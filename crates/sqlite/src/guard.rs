//! What SQLite asks while it prepares a statement: which tables it touches, and whether tabs that share a connection can have it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Tables of our own begin with this.
pub const OWN: &str = "_hashi_";

/// In the text of each cached statement of our own that names none of our tables.
pub const OWN_MARK: &str = "/* own */";

/// What was seen while one statement was prepared.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Tables it reads, those behind views included.
    pub reads: BTreeSet<String>,
    /// Tables it may change, those behind triggers and foreign keys included.
    pub writes: BTreeSet<String>,
    /// Whether it changes the schema.
    pub schema: bool,
    /// Whether it is SAVEPOINT, RELEASE or ROLLBACK TO.
    pub savepoint: bool,
    /// Why it was refused.
    pub refused: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    own: bool,
    seen: Seen,
}

/// The authorizer's memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Guard(Arc<Mutex<State>>);

impl Guard {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets what was seen.
    pub fn begin(&self) {
        self.with(|state| state.seen = Seen::default());
    }

    /// What was seen since `begin`.
    pub fn seen(&self) -> Seen {
        self.with(|state| std::mem::take(&mut state.seen))
    }

    /// Lets statements of our own pass while `act` runs.
    pub fn own<T>(&self, act: impl FnOnce() -> T) -> T {
        let before = self.with(|state| std::mem::replace(&mut state.own, true));
        let result = act();
        self.with(|state| state.own = before);
        result
    }

    /// SQLite's question about one action of a statement.
    pub fn answer(&self, context: &AuthContext<'_>) -> Authorization {
        self.with(|state| {
            if state.own {
                return Authorization::Allow;
            }
            match judge(&context.action, &mut state.seen) {
                Ok(()) => Authorization::Allow,
                Err(reason) => {
                    state.seen.refused.get_or_insert(reason);
                    Authorization::Deny
                }
            }
        })
    }
}

fn judge(action: &AuthAction<'_>, seen: &mut Seen) -> Result<(), String> {
    match action {
        AuthAction::Read { table_name, .. } => {
            not_own(table_name)?;
            note(&mut seen.reads, table_name);
        }
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. } => {
            not_own(table_name)?;
            note(&mut seen.writes, table_name);
        }
        AuthAction::Transaction { .. } => {
            return Err("BEGIN, COMMIT and ROLLBACK belong to transaction(), which several tabs can share".into());
        }
        AuthAction::Savepoint { .. } => seen.savepoint = true,
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => {
            return Err("ATTACH and DETACH change one connection, and the next leader's would not have it: open a second database instead".into());
        }
        AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. } => {
            return Err("temporary tables, views and triggers live in one connection, which all tabs share and the next leader replaces: use a table".into());
        }
        AuthAction::Pragma { pragma_name, pragma_value } => pragma(pragma_name, *pragma_value)?,
        AuthAction::CreateTable { table_name } | AuthAction::CreateVtable { table_name, .. } => {
            if table_name.to_ascii_lowercase().starts_with(OWN) {
                return Err(format!("names that begin with {OWN} are the database's own"));
            }
            seen.schema = true;
        }
        AuthAction::DropTable { table_name } | AuthAction::AlterTable { table_name, .. } => {
            not_own(table_name)?;
            seen.schema = true;
        }
        AuthAction::CreateIndex { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::CreateView { .. }
        | AuthAction::DropIndex { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::DropView { .. }
        | AuthAction::DropVtable { .. }
        | AuthAction::Reindex { .. }
        | AuthAction::Analyze { .. } => seen.schema = true,
        _ => {}
    }
    Ok(())
}

fn note(tables: &mut BTreeSet<String>, name: &str) {
    if !name.starts_with("sqlite_") && !tables.contains(name) {
        tables.insert(name.to_owned());
    }
}

fn not_own(table: &str) -> Result<(), String> {
    let own = table.get(..OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN));
    if own {
        Err(format!("{table} is the database's own: its rows are what makes each write happen once"))
    } else {
        Ok(())
    }
}

/// Pragmas whose argument is a question, or a setting that is kept in the file or ends with the transaction.
const WITH_ARGUMENT: [&str; 17] = [
    "application_id",
    "analysis_limit",
    "auto_vacuum",
    "defer_foreign_keys",
    "foreign_key_check",
    "foreign_key_list",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "optimize",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "wal_checkpoint",
];

fn pragma(name: &str, value: Option<&str>) -> Result<(), String> {
    let name = name.to_ascii_lowercase();
    // FTS5 and VACUUM ask for these by themselves.
    if value.is_none() || WITH_ARGUMENT.contains(&name.as_str()) || name == "writable_schema" && value == Some("RESET")
    {
        return Ok(());
    }
    Err(match name.as_str() {
        "user_version" => "user_version counts the migrations of open()".into(),
        _ => format!(
            "PRAGMA {name} = … would change one connection, and the next leader's would not have it: settings belong to open()"
        ),
    })
}
