//! Statements that calls name by a number.

use hashi_sqlite::call::{Answer, Call};
use hashi_sqlite::database::Wanted;
use hashi_sqlite::failure::Code;
use hashi_sqlite::named::{LONGEST, NUMBERS, Named};
use hashi_sqlite::sql::Sql;
use hashi_sqlite::value::{Parameters, Value};

use crate::{Rig, number};

fn kept(rig: &mut Rig, client: i64, number: u32, text: &str) -> Sql {
    rig.leader.statement_of(client, Named::Kept(text.into(), number)).unwrap()
}

fn named(rig: &mut Rig, client: i64, number: u32) -> Result<Sql, Code> {
    rig.leader.statement_of(client, Named::Number(number)).map_err(|failure| failure.code)
}

fn query(sql: Sql) -> Call {
    Call::Query { sql, parameters: Parameters::None, wanted: Wanted::All }
}

fn columns(answer: Answer) -> Vec<String> {
    let Answer::Rows(facts, _) = answer else { panic!("no rows: {answer:?}") };
    facts.columns.clone()
}

#[test]
fn a_number_stands_for_the_text_that_this_client_sent_with_it_last() {
    let mut rig = Rig::new();
    kept(&mut rig, 1, 3, "SELECT 1");
    kept(&mut rig, 2, 3, "SELECT 2");
    for (client, expected) in [(1, 1), (2, 2)] {
        let sql = named(&mut rig, client, 3).unwrap();
        assert_eq!(number(rig.ask(client, 0, query(sql)).unwrap()), expected);
    }
    kept(&mut rig, 1, 3, "SELECT 11");
    assert_eq!(named(&mut rig, 1, 3).unwrap().as_str(), "SELECT 11");
    assert_eq!(named(&mut rig, 2, 3).unwrap().as_str(), "SELECT 2");
}

#[test]
fn a_number_without_a_text_is_unknown_and_a_client_that_connects_anew_has_none() {
    let mut rig = Rig::new();
    kept(&mut rig, 1, 3, "SELECT 1");
    for number in [0, 2, 4, NUMBERS, u32::MAX] {
        assert_eq!(named(&mut rig, 1, number).err(), Some(Code::UnknownStatement), "{number}");
    }
    assert_eq!(named(&mut rig, 2, 3).err(), Some(Code::UnknownStatement), "another client's");
    assert_eq!(named(&mut rig, 99, 3).err(), Some(Code::UnknownStatement), "of nobody");
    rig.leader.connect(1, None, &mut rig.heard);
    assert_eq!(named(&mut rig, 1, 3).err(), Some(Code::UnknownStatement), "before it connected");
}

#[test]
fn numbers_and_texts_beyond_their_bounds_are_refused_and_the_largest_are_not() {
    let mut rig = Rig::new();
    let mut refused =
        |text: String, number| rig.leader.statement_of(1, Named::Kept(text, number)).err().map(|failure| failure.code);
    assert_eq!(refused("SELECT 1".into(), NUMBERS), Some(Code::Parameter));
    assert_eq!(refused("SELECT 1".into(), u32::MAX), Some(Code::Parameter));
    assert_eq!(refused(" ".repeat(LONGEST + 1), 0), Some(Code::Parameter));
    assert_eq!(refused(" ".repeat(LONGEST), NUMBERS - 1), None);
    assert_eq!(named(&mut rig, 1, 0).err(), Some(Code::UnknownStatement), "what was refused is not kept");
}

#[test]
fn a_changed_schema_is_seen_by_the_statement_that_is_kept() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    kept(&mut rig, 1, 0, "SELECT * FROM t");
    let ask = |rig: &mut Rig| {
        let sql = named(rig, 1, 0).unwrap();
        rig.ask(1, 0, query(sql))
    };
    assert_eq!(columns(ask(&mut rig).unwrap()), ["x"]);
    rig.exec(2, 0, "ALTER TABLE t ADD COLUMN y");
    assert_eq!(columns(ask(&mut rig).unwrap()), ["x", "y"]);
    rig.exec(2, 0, "DROP TABLE t");
    assert_eq!(ask(&mut rig).map(columns).map_err(|failure| failure.code), Err(Code::Sql));
    rig.exec(2, 0, "CREATE VIEW t AS SELECT 5 AS five");
    assert_eq!(columns(ask(&mut rig).unwrap()), ["five"]);
}

#[test]
fn a_call_that_waits_means_the_text_that_was_kept_when_it_came() {
    let mut rig = Rig::new();
    rig.exec(1, 0, "CREATE TABLE t(x)");
    let tx = rig.send(1, 0, Call::Begin);
    kept(&mut rig, 2, 0, "INSERT INTO t VALUES (?)");
    let insert = named(&mut rig, 2, 0).unwrap();
    let id = rig.send(2, 0, Call::Run(insert, Parameters::Positional(vec![Value::Integer(7)])));
    kept(&mut rig, 2, 0, "DELETE FROM t");
    assert!(rig.answer(2, id).is_none(), "it waits");
    rig.ask(1, tx, Call::Commit).unwrap();
    assert!(matches!(rig.answer(2, id), Some(Ok(Answer::Ran(ran))) if ran.changes == 1));
    assert_eq!(rig.number(1, "SELECT sum(x) FROM t"), 7);
}
