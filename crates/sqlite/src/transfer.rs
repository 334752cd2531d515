//! The whole database as a file, out and in.

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::failure::{Code, Failure};
use crate::leader::Leader;
use crate::ledger::{self, CallId, ClientId, Entry};
use crate::migration;
use crate::transaction::Effect;

/// Where a file says by which rules it is written: 1 for a rollback journal, 2 for WAL.
const VERSIONS: std::ops::Range<usize> = 18..20;

impl Leader {
    /// The database as a file without a log beside it.
    pub(crate) fn export(&mut self) -> Result<Vec<u8>, Failure> {
        let mut file = self.database.connection_mut().serialize("main")?.to_vec();
        if let Some(versions) = file.get_mut(VERSIONS) {
            versions.fill(1);
        }
        Ok(file)
    }

    /// Puts a file's content in the place of the database's, with the ledger as it was: one transaction.
    pub(crate) fn import(&mut self, client: ClientId, id: CallId, mut file: Vec<u8>) -> Result<(), Failure> {
        if self.open.is_some() {
            return Err(Failure::new(Code::NotAllowed, "import() can't be part of a transaction"));
        }
        if !file.starts_with(b"SQLite format 3\0") || file.len() < 512 {
            let what = "not a SQLite database: the file doesn't begin with \"SQLite format 3\"";
            return Err(Failure::new(Code::NotADatabase, what));
        }
        file[VERSIONS].fill(1);
        let mut source = Connection::open_in_memory()?;
        source.deserialize_read_exact("main", file.as_slice(), file.len(), false)?;
        drop(file);
        let verdict: Result<String, _> = source.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        match verdict {
            Ok(verdict) if verdict == "ok" => {}
            Ok(verdict) => return Err(Failure::new(Code::Corrupt, format!("the file is damaged: {verdict}"))),
            Err(error) => return Err(Failure { code: Code::Corrupt, ..error.into() }),
        }
        migration::run(&source, &self.migrations)?;
        let schema = migration::version(&source)?;
        self.database.own(|connection| Ok(ledger::carry(connection, &source)))??;
        ledger::note(&source, client, id, &Entry::default())?;
        self.database.forget();
        self.replace(&source)?;
        self.schema = schema;
        self.committed(Effect { touched: true, schema: true, ..Effect::default() });
        Ok(())
    }

    /// Copies all pages in one transaction.
    fn replace(&mut self, source: &Connection) -> Result<(), Failure> {
        let size = |connection: &Connection| connection.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0));
        let (ours, theirs) = (self.database.own(size)?, size(source)?);
        if ours == theirs {
            Backup::new(source, self.database.connection_mut())?.step(-1)?;
            return Ok(());
        }
        if !self.database.is_file() {
            let what = format!(
                "the file has pages of {theirs} bytes, and a database in memory takes pages of {ours}: set PRAGMA page_size and VACUUM it first"
            );
            return Err(Failure::new(Code::NotAllowed, what));
        }
        // A write-ahead log has pages of one size, so meanwhile there is a rollback journal.
        self.database.own(|connection| connection.pragma_update(None, "journal_mode", "DELETE"))?;
        let copied = Backup::new(source, self.database.connection_mut()).and_then(|backup| backup.step(-1));
        self.database.own(|connection| connection.pragma_update(None, "journal_mode", "WAL"))?;
        copied?;
        Ok(())
    }
}
