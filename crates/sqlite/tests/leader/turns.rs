//! Who may go when.

use hashi_sqlite::call::Call;
use hashi_sqlite::failure::Code;

use crate::{CLOCK, Rig, query, run, script};

#[test]
fn a_transaction_keeps_others_out_until_it_ends() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    rig.answer(1, tx).unwrap().unwrap();
    rig.ask(1, tx, run("INSERT INTO t VALUES (?)", &[1])).unwrap();
    let read = rig.send(2, 0, query("SELECT count(*) FROM t"));
    let write = rig.send(2, 0, run("INSERT INTO t VALUES (?)", &[2]));
    assert!(rig.answer(2, read).is_none(), "a reader must not see what is not committed");
    rig.ask(1, tx, Call::Commit).unwrap();
    assert_eq!(crate::number(rig.answer(2, read).unwrap().unwrap()), 1);
    rig.answer(2, write).unwrap().unwrap();
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 2);
}

#[test]
fn two_transactions_take_turns() {
    let mut rig = Rig::new();
    let first = rig.send(1, 0, Call::Begin);
    rig.answer(1, first).unwrap().unwrap();
    let second = rig.send(2, 0, Call::Begin);
    assert!(rig.answer(2, second).is_none());
    rig.ask(1, first, Call::Rollback).unwrap();
    rig.answer(2, second).unwrap().unwrap();
    assert_eq!(rig.code(1, first, query("SELECT 1")), Some(Code::TransactionOver));
    rig.ask(2, second, Call::Commit).unwrap();
}

#[test]
fn who_waits_too_long_hears_busy_and_nothing_of_it_is_applied() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    rig.answer(1, tx).unwrap().unwrap();
    let write = rig.send(2, 0, run("INSERT INTO t VALUES (?)", &[1]));
    assert_eq!(rig.leader.next_tick(), Some(rig.now + 1000.0));
    rig.tick(999.0);
    assert!(rig.answer(2, write).is_none());
    rig.tick(1.0);
    assert_eq!(rig.answer(2, write).unwrap().unwrap_err().code, Code::Busy);
    rig.ask(1, tx, Call::Commit).unwrap();
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 0);
}

#[test]
fn an_idle_transaction_ends_when_others_wait_and_only_then() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    rig.leader.connect(2, Some(60_000.0), &mut rig.heard);
    let tx = rig.send(1, 0, Call::Begin);
    rig.answer(1, tx).unwrap().unwrap();
    rig.ask(1, tx, run("INSERT INTO t VALUES (?)", &[1])).unwrap();
    rig.tick(60_000.0);
    rig.ask(1, tx, run("INSERT INTO t VALUES (?)", &[2])).unwrap();
    let read = rig.send(2, 0, query("SELECT count(*) FROM t"));
    rig.tick(5000.0);
    assert_eq!(crate::number(rig.answer(2, read).unwrap().unwrap()), 0, "rolled back");
    assert_eq!(rig.code(1, tx, Call::Commit), Some(Code::TransactionExpired));
}

#[test]
fn a_long_statement_is_no_idleness_and_another_clients_hello_no_work() {
    let mut rig = Rig::new();
    rig.leader.connect(2, Some(60_000.0), &mut rig.heard);
    let tx = rig.send(1, 0, Call::Begin);
    // It takes six seconds: they pass between the call and the next look at the clock.
    CLOCK.set(rig.now + 6000.0);
    rig.ask(1, tx, query("SELECT 1")).unwrap();
    let waits = rig.send(2, 0, query("SELECT 2"));
    rig.tick(6001.0);
    assert!(rig.answer(2, waits).is_none(), "the transaction has been idle for a millisecond");
    rig.tick(4000.0);
    rig.ask(2, 0, Call::Hello(Vec::new())).unwrap();
    rig.tick(1000.0);
    assert!(rig.answer(2, waits).is_some(), "a hello in between has not kept it open");
    assert_eq!(rig.code(1, tx, Call::Commit), Some(Code::TransactionExpired));
}

#[test]
fn a_call_whose_deadline_passes_while_another_is_served_before_it_is_not_begun() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    let call = run("INSERT INTO t VALUES (?)", &[1]);
    let deadline = rig.now + 500.0;
    let request = hashi_sqlite::call::Request { id: 7, acked: 0, transaction: 0, deadline, again: false, call };
    rig.leader.receive(2, request, rig.now, &mut rig.heard);
    CLOCK.set(rig.now + 600.0);
    rig.ask(1, tx, Call::Commit).unwrap();
    assert_eq!(rig.answer(2, 7).unwrap().unwrap_err().code, Code::Timeout);
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 0);
}

#[test]
fn a_client_that_goes_takes_its_transaction_and_its_calls_with_it() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    rig.answer(1, tx).unwrap().unwrap();
    rig.ask(1, tx, run("INSERT INTO t VALUES (?)", &[1])).unwrap();
    rig.send(1, 0, run("INSERT INTO t VALUES (?)", &[2]));
    let read = rig.send(2, 0, query("SELECT count(*) FROM t"));
    rig.leader.disconnect(1, &mut rig.heard);
    assert_eq!(crate::number(rig.answer(2, read).unwrap().unwrap()), 0);
}

#[test]
fn a_call_that_waits_can_be_taken_back_and_one_that_is_done_cannot() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    rig.answer(1, tx).unwrap().unwrap();
    let write = rig.send(2, 0, run("INSERT INTO t VALUES (?)", &[1]));
    rig.send(2, 0, Call::Cancel(write));
    assert_eq!(rig.answer(2, write).unwrap().unwrap_err().code, Code::Cancelled);
    rig.ask(1, tx, Call::Commit).unwrap();
    assert_eq!(rig.number(2, "SELECT count(*) FROM t"), 0);
    let done = rig.send(2, 0, run("INSERT INTO t VALUES (?)", &[1]));
    rig.send(2, 0, Call::Cancel(done));
    rig.answer(2, done).unwrap().unwrap();
    assert_eq!(rig.number(2, "SELECT count(*) FROM t"), 1);
}

#[test]
fn a_begin_that_is_taken_back_too_late_leaves_no_transaction() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    rig.ask(1, tx, run("INSERT INTO t VALUES (?)", &[1])).unwrap();
    let read = rig.send(2, 0, query("SELECT count(*) FROM t"));
    rig.send(2, 0, Call::Cancel(tx));
    assert!(rig.answer(2, read).is_none(), "another client's call of that number is not this one");
    rig.send(1, 0, Call::Cancel(tx));
    assert_eq!(crate::number(rig.answer(2, read).unwrap().unwrap()), 0, "rolled back, and the next has its turn");
    assert_eq!(rig.code(1, tx, Call::Commit), Some(Code::TransactionOver));
}

#[test]
fn an_iteration_that_is_taken_back_too_late_leaves_no_rows() {
    let mut rig = Rig::new();
    let many = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50000) SELECT x FROM n";
    let iterate = || Call::Iterate(many.into(), Default::default());
    let kept = rig.send(1, 0, iterate());
    let given_up = rig.send(1, 0, iterate());
    rig.send(1, 0, Call::Cancel(given_up));
    rig.ask(1, 0, Call::Next(kept)).unwrap();
    assert_eq!(rig.code(1, 0, Call::Next(given_up)), Some(Code::LeaderLost));
}

#[test]
fn a_failed_batch_leaves_nothing_and_a_failed_statement_leaves_the_transaction() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x UNIQUE)");
    assert_eq!(rig.code(1, 0, script("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)")), Some(Code::Constraint));
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 0);
    let tx = rig.send(1, 0, Call::Begin);
    rig.answer(1, tx).unwrap().unwrap();
    rig.ask(1, tx, run("INSERT INTO t VALUES (?)", &[1])).unwrap();
    assert_eq!(rig.code(1, tx, run("INSERT INTO t VALUES (?)", &[1])), Some(Code::Constraint));
    rig.ask(1, tx, Call::Commit).unwrap();
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 1);
}

#[test]
fn a_late_call_is_not_begun() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let request = hashi_sqlite::call::Request {
        id: 7,
        acked: 0,
        transaction: 0,
        deadline: rig.now - 1.0,
        again: false,
        call: run("INSERT INTO t VALUES (?)", &[1]),
    };
    rig.leader.receive(1, request, rig.now, &mut rig.heard);
    assert_eq!(rig.answer(1, 7).unwrap().unwrap_err().code, Code::Timeout);
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 0);
}
