use std::rc::Rc;
use std::time::Duration;

use hashi_sqlite_client::{Code, Error, OpenOptions, Outcome, Storage};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

use crate::page::{opened, ready};

/// A query that doesn't end by itself.
const ENDLESS: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> hashi_sqlite_client::DatabaseError {
    match result {
        Err(Error::Database(error)) => error,
        other => panic!("not a refusal by the database: {other:?}"),
    }
}

#[wasm_bindgen_test]
async fn sqlites_own_refusals_have_its_code() {
    let db = opened("refused").await;
    db.exec("DELETE FROM item; INSERT INTO item(name) VALUES ('once')").await.expect("written");
    let twice = refusal(db.run("INSERT INTO item(name) VALUES (?)", ("once",)).await);
    // SQLITE_CONSTRAINT_UNIQUE
    assert_eq!((twice.code, twice.sqlite, twice.outcome), (Code::Constraint, Some(2067), Outcome::None));
    assert!(twice.message.contains("item.name"), "{twice}");
    assert_eq!(refusal(db.exec("SELEKT").await).code, Code::Sql);
    assert_eq!(refusal(db.exec("ATTACH 'x' AS x").await).code, Code::NotAllowed);
    assert_eq!(refusal(db.import(b"no database").await).code, Code::NotADatabase);
    db.close().await.expect("closed");
    assert_eq!(refusal(db.exec("SELECT 1").await).code, Code::Closed);
}

#[wasm_bindgen_test]
async fn a_parameter_without_sql_type_and_a_row_of_another_type_are_refused_with_their_reason() {
    let db = opened("typed").await;
    db.exec("DELETE FROM item; INSERT INTO item(id, name) VALUES (1, 'one')").await.expect("written");
    for code in [
        refusal(db.run("INSERT INTO item(name) VALUES (?)", (vec![1, 2],)).await).code,
        refusal(db.run("INSERT INTO item(name) VALUES (?)", ()).await).code,
        refusal(db.run("INSERT INTO item(price) VALUES (?)", (f64::NAN,)).await).code,
        refusal(db.run("INSERT INTO item(id) VALUES (?)", (u64::MAX,)).await).code,
    ] {
        assert_eq!(code, Code::Parameter);
    }
    #[derive(Debug, Deserialize)]
    struct Numbered {
        #[expect(dead_code, reason = "only read by the test's output")]
        name: i64,
    }
    let Err(Error::Rows(why)) = db.get::<Numbered>("SELECT name FROM item", ()).await else {
        panic!("a text is no number")
    };
    assert!(why.contains("i64"), "{why}");
    assert!(db.get::<Numbered>("SELECT id AS name FROM item", ()).await.expect("a number").is_some());
    let wrong = OpenOptions::default().with_storage(Storage::Memory).open("").await;
    assert_eq!(refusal(wrong).code, Code::Parameter, "a name has a character");
    db.close().await.expect("closed");
}

#[wasm_bindgen_test]
async fn deadlines_and_signals_end_a_call() {
    ready();
    let db = OpenOptions::default().with_timeout(Duration::from_secs(20)).open("late").await.expect("a database");
    let hurried = db.with_timeout(Duration::from_millis(100));
    assert_eq!(refusal(hurried.get::<(i64,)>(ENDLESS, ()).await).code, Code::Timeout);

    let controller = AbortController::new().expect("a controller");
    let watched = db.with_signal(&controller.signal());
    assert_eq!(watched.values::<(i64,)>("SELECT 1", ()).await.expect("not aborted").rows, [(1,)]);
    controller.abort_with_reason(&"enough".into());
    match watched.exec("CREATE TABLE never(x)").await {
        Err(Error::Aborted(reason)) => assert_eq!(reason, "enough"),
        other => panic!("not aborted: {other:?}"),
    }
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'never'";
    assert_eq!(db.values::<(i64,)>(tables, ()).await.expect("rows").rows, [(0,)]);
    db.close().await.expect("closed");
}

#[wasm_bindgen_test]
async fn a_tab_with_an_older_schema_is_told() {
    let told = Rc::new(std::cell::Cell::new((0, 0)));
    let hears = told.clone();
    let migrations = |last: u32| {
        (1..=last).map(|version| hashi_sqlite_client::Migration::new(version, format!("CREATE TABLE v{version}(x)")))
    };
    ready();
    hashi_sqlite_client::remove("versions").await.expect("nothing of an earlier run");
    let old = OpenOptions::default().with_migrations(migrations(1)).with_on_outdated(move |ours, database| {
        hears.set((ours, database));
    });
    let old = old.open("versions").await.expect("version 1");
    let new = OpenOptions::default().with_migrations(migrations(3)).open("versions").await.expect("version 3");
    crate::page::until("the older tab is told", || told.get() == (1, 3)).await;
    assert_eq!(refusal(old.exec("SELECT 1").await).code, Code::SchemaOutdated);
    old.close().await.expect("closed");
    new.close().await.expect("closed");
}
