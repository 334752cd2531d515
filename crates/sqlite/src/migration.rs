//! Steps of the schema, run once and in order.

use rusqlite::Connection;

use crate::failure::{Code, Failure};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The version that the step leads to, from 1 on.
    pub version: i64,
    /// Its statements.
    pub sql: String,
}

/// Refuses steps that don't count up from 1.
pub fn check(migrations: &[Migration]) -> Result<(), Failure> {
    for (index, migration) in migrations.iter().enumerate() {
        let expected = index as i64 + 1;
        if migration.version != expected {
            let got = migration.version;
            let what = format!("migrations count up from 1 without a gap: expected version {expected}, got {got}");
            return Err(Failure::new(Code::MigrationFailed, what));
        }
    }
    Ok(())
}

/// The version that the database has reached.
pub fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Runs the steps that are missing, all in one transaction unless one is open; returns whether there were any.
pub fn run(connection: &Connection, migrations: &[Migration]) -> Result<bool, Failure> {
    check(migrations)?;
    let reached = version(connection)?;
    let missing: Vec<_> = migrations.iter().filter(|migration| migration.version > reached).collect();
    let Some(last) = missing.last() else { return Ok(false) };
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for migration in &missing {
        if let Err(error) = connection.execute_batch(&migration.sql) {
            rollback(connection)?;
            let cause = Failure::from(error);
            let what = format!("migration {} failed, and none was applied: {}", migration.version, cause.message);
            return Err(Failure { message: what, code: Code::MigrationFailed, ..cause });
        }
        if connection.is_autocommit() {
            let what = format!("migration {} ended the transaction: leave BEGIN and COMMIT out", migration.version);
            return Err(Failure::new(Code::MigrationFailed, what));
        }
    }
    connection.pragma_update(None, "user_version", last.version)?;
    if let Err(error) = connection.execute_batch("COMMIT") {
        rollback(connection)?;
        return Err(error.into());
    }
    Ok(true)
}

fn rollback(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() { Ok(()) } else { connection.execute_batch("ROLLBACK") }
}
