//! What makes each write happen once: a row per write, stored in the write's own transaction.

use rusqlite::{Connection, OptionalExtension, params};

use crate::failure::Failure;

/// A client, for as long as its tab has the database open. At most 2^53 − 1.
pub type ClientId = i64;

/// A call of a client; ids grow.
pub type CallId = i64;

/// What a write answered, as much as has to be told again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Rows changed.
    pub changes: u64,
    /// Last inserted rowid.
    pub rowid: i64,
    /// Rows that the write returned, or the results of a batch.
    pub more: Option<Vec<u8>>,
}

/// Creates the tables and counts this leader's epoch. `live` are the clients that may still ask for an entry.
pub fn open(connection: &Connection, live: &[ClientId], at_least: i64) -> rusqlite::Result<i64> {
    connection.execute_batch(
        "BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS _hashi_meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS _hashi_ledger(client INTEGER, id INTEGER, changes INTEGER, last_rowid INTEGER, more BLOB,
           PRIMARY KEY(client, id)) WITHOUT ROWID;",
    )?;
    let epoch: i64 = connection.query_row(
        "INSERT INTO _hashi_meta VALUES('epoch', max(1, ?1)) ON CONFLICT DO UPDATE SET value = max(value + 1, ?1) RETURNING value",
        [at_least],
        |row| row.get(0),
    )?;
    let mut known = connection.prepare("SELECT DISTINCT client FROM _hashi_ledger")?;
    let known = known.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<ClientId>>>()?;
    for client in known.iter().filter(|client| !live.contains(client)) {
        forget(connection, *client, i64::MAX)?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(epoch)
}

/// Notes that a call was applied; inside its transaction.
pub fn note(connection: &Connection, client: ClientId, id: CallId, entry: &Entry) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO _hashi_ledger VALUES(?1, ?2, ?3, ?4, ?5)")?;
    insert.execute(params![client, id, entry.changes.cast_signed(), entry.rowid, entry.more])?;
    Ok(())
}

/// What a call answered when it was applied, or none if it was not.
pub fn find(connection: &Connection, client: ClientId, id: CallId) -> rusqlite::Result<Option<Entry>> {
    let mut select = connection
        .prepare_cached("SELECT changes, last_rowid, more FROM _hashi_ledger WHERE client = ?1 AND id = ?2")?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Entry { changes: row.get::<_, i64>(0)?.cast_unsigned(), rowid: row.get(1)?, more: row.get(2)? })
    };
    select.query_row([client, id], read).optional()
}

/// Removes a client's entries below an id, whose answers have arrived.
pub fn forget(connection: &Connection, client: ClientId, below: CallId) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached("DELETE FROM _hashi_ledger WHERE client = ?1 AND id < ?2")?;
    delete.execute([client, below])?;
    Ok(())
}

/// Copies epoch and ledger into another database, which is to take this one's place.
pub fn carry(from: &Connection, to: &Connection) -> Result<(), Failure> {
    to.execute_batch("DROP TABLE IF EXISTS _hashi_meta; DROP TABLE IF EXISTS _hashi_ledger;")?;
    let epoch: i64 = from.query_row("SELECT value FROM _hashi_meta WHERE key = 'epoch'", [], |row| row.get(0))?;
    open(to, &[], epoch)?;
    let mut select = from.prepare("SELECT client, id, changes, last_rowid, more FROM _hashi_ledger")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let entry = Entry { changes: row.get::<_, i64>(2)?.cast_unsigned(), rowid: row.get(3)?, more: row.get(4)? };
        note(to, row.get(0)?, row.get(1)?, &entry)?;
    }
    Ok(())
}
