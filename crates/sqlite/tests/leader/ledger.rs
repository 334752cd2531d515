//! A write that is sent again is applied once and answered as it was.

use hashi_sqlite::call::{Answer, Call, Item};
use hashi_sqlite::database::Place;
use hashi_sqlite::failure::Code;

use crate::table::File;
use crate::{Rig, database, query, run};

#[test]
fn a_write_that_was_applied_is_recalled_by_the_next_leader() {
    let file = File::new();
    let mut rig = Rig::over(database(Place::File(file.path())), &[]);
    rig.exec(1, 0, "CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
    rig.send_as(1, 900, 0, false, run("INSERT INTO t(x) VALUES (?), (?)", &[1, 2]));
    rig.send_as(1, 901, 0, false, query("INSERT INTO t(x) VALUES (7) RETURNING id, x, '橋🌉' AS y"));
    let each = Call::Batch(vec![Item::Once("DELETE FROM t WHERE x = 1".into(), Default::default())]);
    rig.send_as(1, 902, 0, false, each.clone());
    let epoch = rig.leader.epoch();
    rig.leader.close().unwrap();

    let mut rig = Rig::over(database(Place::File(file.path())), &[1]);
    assert_eq!(rig.leader.epoch(), epoch + 1);
    rig.send_as(1, 900, 0, true, run("INSERT INTO t(x) VALUES (?), (?)", &[1, 2]));
    let Some(Ok(Answer::Ran(ran))) = rig.answer(1, 900) else { panic!("not recalled") };
    assert_eq!((ran.changes, ran.rowid), (2, 2));
    rig.send_as(1, 901, 0, true, query("INSERT INTO t(x) VALUES (7) RETURNING id, x, '橋🌉' AS y"));
    let Some(Ok(Answer::Rows(facts, rows))) = rig.answer(1, 901) else { panic!("not recalled") };
    assert_eq!((facts.columns.join(), rows.cells()), ("id,x,y".into(), 3));
    rig.send_as(1, 902, 0, true, each);
    let Some(Ok(Answer::Batch(results))) = rig.answer(1, 902) else { panic!("not recalled") };
    assert_eq!(results[0].changes, 1);
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 2);
}

trait Join {
    fn join(&self) -> String;
}

impl Join for Vec<String> {
    fn join(&self) -> String {
        self.as_slice().join(",")
    }
}

#[test]
fn a_write_that_was_applied_is_recalled_though_its_deadline_passed_or_others_have_their_turn() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    rig.send_as(1, 900, 0, false, run("INSERT INTO t VALUES (?)", &[1]));
    rig.answer(1, 900).unwrap().unwrap();
    let tx = rig.send(2, 0, Call::Begin);
    rig.answer(2, tx).unwrap().unwrap();
    let call = run("INSERT INTO t VALUES (?)", &[1]);
    let request = hashi_sqlite::call::Request { id: 900, acked: 0, transaction: 0, deadline: 1.0, again: true, call };
    rig.leader.receive(1, request, rig.now, &mut rig.heard);
    assert!(matches!(rig.answer(1, 900), Some(Ok(Answer::Ran(_)))));
}

#[test]
fn a_write_that_was_not_applied_is_applied() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    rig.send_as(1, 900, 0, true, run("INSERT INTO t VALUES (?)", &[1]));
    assert!(matches!(rig.answer(1, 900), Some(Ok(Answer::Ran(_)))));
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 1);
}

#[test]
fn another_client_with_the_same_id_is_another_call() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    rig.send_as(1, 900, 0, false, run("INSERT INTO t VALUES (?)", &[1]));
    rig.send_as(2, 900, 0, true, run("INSERT INTO t VALUES (?)", &[1]));
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 2);
}

#[test]
fn a_commit_is_recalled_or_known_to_be_lost() {
    let file = File::new();
    let mut rig = Rig::over(database(Place::File(file.path())), &[]);
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    rig.ask(1, tx, run("INSERT INTO t VALUES (?)", &[1])).unwrap();
    rig.send_as(1, 900, tx, false, Call::Commit);
    let lost = rig.send(1, 0, Call::Begin);
    rig.ask(1, lost, run("INSERT INTO t VALUES (?)", &[2])).unwrap();
    rig.leader.close().unwrap();

    let mut rig = Rig::over(database(Place::File(file.path())), &[1]);
    rig.send_as(1, 900, tx, true, Call::Commit);
    assert!(matches!(rig.answer(1, 900), Some(Ok(Answer::Done))), "it was committed");
    rig.send_as(1, 901, lost, true, Call::Commit);
    assert_eq!(rig.answer(1, 901).unwrap().unwrap_err().code, Code::TransactionLost);
    assert_eq!(rig.number(1, "SELECT count(*) FROM t"), 1);
}

#[test]
fn entries_go_when_their_answers_arrived_and_when_their_client_is_gone() {
    let file = File::new();
    let mut rig = Rig::over(database(Place::File(file.path())), &[]);
    rig.exec(1, 0, "CREATE TABLE t(x)");
    for id in 1000..1200 {
        let call = run("INSERT INTO t VALUES (?)", &[id]);
        let request =
            hashi_sqlite::call::Request { id, acked: id, transaction: 0, deadline: f64::INFINITY, again: false, call };
        rig.leader.receive(1, request, rig.now, &mut rig.heard);
    }
    assert!(file.count("_hashi_ledger", rig) < 80);

    let mut rig = Rig::over(database(Place::File(file.path())), &[1]);
    rig.exec(2, 0, "INSERT INTO t VALUES (1)");
    rig.leader.disconnect(2, &mut rig.heard);
    assert!(file.count("_hashi_ledger", rig) > 0);
    let rig = Rig::over(database(Place::File(file.path())), &[]);
    assert_eq!(file.count("_hashi_ledger", rig), 0, "none of them lives");
}
