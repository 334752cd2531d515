//! Migrations, what commits tell, files in and out, and statements that a shared connection can't have.

use hashi_sqlite::call::{Answer, Call, Item};
use hashi_sqlite::database::Place;
use hashi_sqlite::failure::Code;
use hashi_sqlite::migration::Migration;
use hashi_sqlite::pack::Pack;
use hashi_sqlite::value::Cell;

use crate::table::File;
use crate::{Rig, database, query, run, script, tables};

fn steps(sql: &[&str]) -> Call {
    let step = |(at, sql): (usize, &&str)| Migration { version: at as i64 + 1, sql: (*sql).into() };
    Call::Hello(sql.iter().enumerate().map(step).collect())
}

#[test]
fn migrations_run_once_and_older_tabs_are_told() {
    let mut rig = Rig::new();
    let one = ["CREATE TABLE t(x); INSERT INTO t VALUES (1)"];
    let two = [one[0], "ALTER TABLE t ADD COLUMN y; UPDATE t SET y = x"];
    assert!(matches!(rig.ask(1, 0, steps(&one)), Ok(Answer::Welcome(1))));
    assert!(matches!(rig.ask(2, 0, steps(&one)), Ok(Answer::Welcome(1))));
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 1);
    assert!(matches!(rig.ask(2, 0, steps(&two)), Ok(Answer::Welcome(2))));
    assert_eq!(rig.heard.outdated, [(1, 1, 2)]);
    assert_eq!(rig.code(1, 0, query("SELECT 1")), Some(Code::SchemaOutdated));
    assert_eq!(rig.number(2, "SELECT y FROM t"), 1);
    rig.leader.connect(3, None, &mut rig.heard);
    let failure = rig.ask(3, 0, steps(&one)).unwrap_err();
    assert_eq!((failure.code, failure.versions), (Code::SchemaOutdated, Some([1, 2])));
}

#[test]
fn a_hello_waits_for_a_transaction_only_if_it_has_to_migrate_and_then_for_as_long_as_it_takes() {
    let mut rig = Rig::new();
    let one = ["CREATE TABLE t(x)"];
    rig.ask(1, 0, steps(&one)).unwrap();
    let tx = rig.send(1, 0, Call::Begin);
    assert!(matches!(rig.ask(2, 0, steps(&one)), Ok(Answer::Welcome(1))));
    let newer = rig.send(2, 0, steps(&[one[0], "ALTER TABLE t ADD COLUMN y"]));
    rig.tick(2000.0);
    assert!(rig.answer(2, newer).is_none());
    rig.ask(1, tx, Call::Commit).unwrap();
    assert!(matches!(rig.answer(2, newer), Some(Ok(Answer::Welcome(2)))));
}

#[test]
fn a_failed_migration_leaves_nothing() {
    let mut rig = Rig::new();
    let failure = rig.ask(1, 0, steps(&["CREATE TABLE t(x)", "CREATE TABLE t(x)"])).unwrap_err();
    assert_eq!(failure.code, Code::MigrationFailed);
    assert!(failure.message.contains("migration 2"), "{}", failure.message);
    assert_eq!(rig.number(1, "SELECT count(*) FROM sqlite_schema WHERE name = 't'"), 0);
    assert_eq!(rig.code(1, 0, steps(&["CREATE TABLE t(x); COMMIT"])), Some(Code::MigrationFailed));
    let gap = Call::Hello(vec![Migration { version: 2, sql: String::new() }]);
    assert_eq!(rig.code(1, 0, gap), Some(Code::MigrationFailed));
}

#[test]
fn a_commit_tells_its_tables_those_behind_triggers_and_cascades_included() {
    let mut rig = Rig::new();
    rig.exec(
        1,
        0,
        "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(a REFERENCES a ON DELETE CASCADE); CREATE TABLE log(x);
         CREATE TABLE w(k PRIMARY KEY) WITHOUT ROWID; CREATE TRIGGER t AFTER INSERT ON w BEGIN INSERT INTO log VALUES (1); END",
    );
    assert_eq!(rig.told(), Some(None), "the schema changed");
    rig.exec(1, 0, "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");
    assert_eq!(rig.told(), Some(Some(tables(&["a", "b"]))));
    rig.ask(1, 0, run("DELETE FROM a WHERE id = ?", &[1])).unwrap();
    assert_eq!(rig.told(), Some(Some(tables(&["a", "b"]))));
    rig.ask(1, 0, run("INSERT INTO w VALUES (?)", &[1])).unwrap();
    assert_eq!(rig.told(), Some(Some(tables(&["log", "w"]))));
    rig.ask(1, 0, run("DELETE FROM w WHERE k = ?", &[2])).unwrap();
    assert_eq!(rig.told(), None, "nothing was changed");
    rig.number(1, "SELECT count(*) FROM a");
    assert_eq!(rig.told(), None);
    let tx = rig.send(1, 0, Call::Begin);
    rig.ask(1, tx, run("INSERT INTO a VALUES (?)", &[2])).unwrap();
    assert_eq!(rig.told(), None, "not yet");
    rig.ask(1, tx, Call::Commit).unwrap();
    assert_eq!(rig.told(), Some(Some(tables(&["a"]))));
}

#[test]
fn a_statement_is_known_by_the_tables_it_reads() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE a(x); CREATE TABLE b(x); CREATE VIEW v AS SELECT * FROM b");
    let Ok(Answer::Prepared(facts)) = rig.ask(1, 0, Call::Prepare("SELECT * FROM a, v".into())) else {
        panic!("not prepared")
    };
    assert_eq!(facts.reads.iter().map(String::as_str).collect::<Vec<_>>(), ["a", "b", "v"]);
}

/// The columns that a query gives.
fn columns(rig: &mut Rig, client: i64, transaction: i64, sql: &str) -> Vec<String> {
    let Ok(Answer::Rows(facts, _)) = rig.ask(client, transaction, query(sql)) else { panic!("no rows: {sql}") };
    facts.columns.clone()
}

#[test]
fn a_changed_schema_is_seen_by_the_next_call_of_its_own_transaction() {
    let select = "SELECT * FROM t";
    let alter = "ALTER TABLE t ADD COLUMN y";
    for change in [run(alter, &[]), query(alter), script(alter)] {
        let mut rig = Rig::new();
        rig.exec(1, 0, "CREATE TABLE t(x)");
        let tx = rig.send(1, 0, Call::Begin);
        assert_eq!(columns(&mut rig, 1, tx, select), ["x"]);
        rig.ask(1, tx, run("SAVEPOINT s", &[])).unwrap();
        rig.ask(1, tx, change).unwrap();
        assert_eq!(columns(&mut rig, 1, tx, select), ["x", "y"]);
        rig.ask(1, tx, run("ROLLBACK TO s", &[])).unwrap();
        assert_eq!(columns(&mut rig, 1, tx, select), ["x"]);
        rig.ask(1, tx, Call::Commit).unwrap();
    }
}

#[test]
fn only_statements_that_change_rows_have_changes() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let mut rows = Pack::default();
    (1..=3).for_each(|x| rows.push(Cell::Integer(x)));
    let each = |sql: &str| Item::Each(sql.into(), rows.to_counted_bytes(), 1);
    let select = Item::Once("SELECT 1".into(), Default::default());
    let batch = vec![each("INSERT INTO t VALUES (?)"), each("SELECT * FROM t WHERE x = ?"), select];
    let Ok(Answer::Batch(ran)) = rig.ask(1, 0, Call::Batch(batch)) else { panic!("no results") };
    assert_eq!(ran.iter().map(|ran| ran.changes).collect::<Vec<_>>(), [3, 0, 0]);
}

#[test]
fn a_script_that_fails_halfway_leaves_its_first_half_known() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    assert_eq!(columns(&mut rig, 1, tx, "SELECT * FROM t"), ["x"]);
    assert_eq!(rig.code(1, tx, script("ALTER TABLE t ADD COLUMN y; SELECT * FROM missing")), Some(Code::Sql));
    assert_eq!(columns(&mut rig, 1, tx, "SELECT * FROM t"), ["x", "y"]);
}

#[test]
fn an_export_is_a_database_and_an_import_takes_its_place() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x); INSERT INTO t VALUES (1), (2)");
    let Ok(Answer::File(file)) = rig.ask(2, 0, Call::Export) else { panic!("no file") };
    assert!(file.starts_with(b"SQLite format 3\0"));
    assert_eq!(file[18..20], [1, 1]);
    rig.exec(1, 0, "DELETE FROM t");
    let epoch = rig.leader.epoch();
    rig.send_as(1, 900, 0, false, Call::Import(file.clone()));
    rig.answer(1, 900).unwrap().unwrap();
    assert_eq!(rig.number(2, "SELECT count(*) FROM t"), 2);
    rig.exec(2, 0, "DELETE FROM t");
    rig.send_as(1, 900, 0, true, Call::Import(file));
    rig.answer(1, 900).unwrap().unwrap();
    assert_eq!(rig.number(2, "SELECT count(*) FROM t"), 0, "sent again, not applied again");
    assert_eq!(rig.leader.epoch(), epoch);
    assert_eq!(rig.code(1, 0, Call::Import(b"no database".to_vec())), Some(Code::NotADatabase));
    let mut damaged = b"SQLite format 3\0".to_vec();
    damaged.resize(4096, 7);
    assert_eq!(rig.code(1, 0, Call::Import(damaged)), Some(Code::Corrupt));
}

#[test]
fn a_file_with_pages_of_another_size_is_taken() {
    let mut other = rusqlite::Connection::open_in_memory().unwrap();
    other.execute_batch("PRAGMA page_size = 1024; CREATE TABLE t(x); INSERT INTO t VALUES (5)").unwrap();
    let file = other.serialize("main").unwrap().to_vec();
    let mut rig = Rig::new();
    assert_eq!(rig.code(1, 0, Call::Import(file.clone())), Some(Code::NotAllowed), "in memory it can't be had");
    let place = File::new();
    let mut rig = Rig::over(database(Place::File(place.path())), &[]);
    rig.ask(1, 0, Call::Import(file)).unwrap();
    assert_eq!(rig.number(1, "SELECT x FROM t"), 5);
    rig.exec(1, 0, "INSERT INTO t VALUES (6)");
    let Ok(Answer::Rows(_, rows)) = rig.ask(1, 0, query("PRAGMA journal_mode")) else { panic!("no rows") };
    rows.each(|cell| assert_eq!(cell, Cell::Text(b"wal")));
    assert_eq!(place.count("t", rig), 2);
}

#[test]
fn vacuum_runs_and_what_would_leave_state_in_the_connection_does_not() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    rig.exec(1, 0, "VACUUM;");
    rig.ask(1, 0, run("VACUUM", &[])).unwrap();
    for sql in [
        "BEGIN",
        "/* hidden */ COMMIT",
        "BEGIN IMMEDIATE /* own */",
        "SAVEPOINT s",
        "ATTACH 'x' AS x",
        "CREATE TEMP VIEW v AS SELECT 1",
        "PRAGMA synchronous = OFF",
        "PRAGMA user_version = 7",
        "VACUUM INTO 'x'",
        "SELECT * FROM _hashi_ledger",
        "DROP TABLE _HASHI_meta",
        "CREATE TABLE _hashi_x(y)",
    ] {
        assert_eq!(rig.code(1, 0, query(sql)), Some(Code::NotAllowed), "{sql}");
        if sql != "SAVEPOINT s" {
            // A script is a transaction, in which a savepoint may be.
            assert_eq!(rig.code(1, 0, script(sql)), Some(Code::NotAllowed), "{sql}");
        }
    }
    let tx = rig.send(1, 0, Call::Begin);
    rig.exec(1, tx, "SAVEPOINT s; INSERT INTO t VALUES (1); ROLLBACK TO s; RELEASE s");
    rig.ask(1, tx, Call::Commit).unwrap();
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 0);
}
