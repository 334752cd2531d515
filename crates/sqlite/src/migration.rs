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
    let applied = missing.iter().try_for_each(|migration| step(connection, migration)).and_then(|()| {
        connection.pragma_update(None, "user_version", last.version)?;
        Ok(connection.execute_batch("COMMIT")?)
    });
    // SQLite may have rolled back by itself, and a step may have ended the transaction.
    if applied.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    applied.map(|()| true)
}

fn step(connection: &Connection, migration: &Migration) -> Result<(), Failure> {
    connection.execute_batch(&migration.sql).map_err(|error| {
        let cause = Failure::from(error);
        let what = format!("migration {} failed, and none was applied: {}", migration.version, cause.message);
        Failure { message: what, code: Code::MigrationFailed, ..cause }
    })?;
    if connection.is_autocommit() {
        let what = format!("migration {} ended the transaction: leave BEGIN and COMMIT out", migration.version);
        return Err(Failure::new(Code::MigrationFailed, what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

    use super::*;

    #[test]
    fn a_version_that_can_not_be_written_leaves_nothing_and_no_transaction() {
        let mut connection = Connection::open_in_memory().expect("a database");
        let no_version = |context: AuthContext<'_>| match context.action {
            AuthAction::Pragma { pragma_name: "user_version", pragma_value: Some(_) } => Authorization::Deny,
            _ => Authorization::Allow,
        };
        connection.authorizer(Some(no_version)).expect("an authorizer");
        let steps = [Migration { version: 1, sql: "CREATE TABLE t(x)".into() }];
        assert_eq!(run(&connection, &steps).map_err(|failure| failure.code), Err(Code::NotAllowed));
        assert!(connection.is_autocommit(), "a transaction is open");
        assert!(!connection.table_exists(None, "t").expect("an answer"));
    }
}
