use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use hashi_sqlite_client::Error;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{opened, pause, until};

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Count {
    n: u32,
}

#[wasm_bindgen_test]
async fn a_subscription_follows_every_client_until_it_is_dropped() {
    let [db, other] = [opened("lasting").await, opened("lasting").await];
    db.exec("DELETE FROM item").await.expect("empty");
    let seen = Rc::new(RefCell::new(Vec::new()));
    let sees = seen.clone();
    let count = move |rows: Result<Vec<Count>, Error>| {
        sees.borrow_mut().push(rows.map(|rows| rows[0].n).map_err(|error| error.code()))
    };
    let subscription = db.subscribe("SELECT count(*) AS n FROM item", (), count).expect("parameters");
    let last = |wanted: u32| {
        let seen = seen.clone();
        move || seen.borrow().last() == Some(&Ok(wanted))
    };
    until("the first count", last(0)).await;
    other.run("INSERT INTO item(name) VALUES (?)", ("one",)).await.expect("written");
    until("the count after another's write", last(1)).await;
    drop(subscription);
    let before = seen.borrow().len();
    other.run("INSERT INTO item(name) VALUES (?)", ("two",)).await.expect("written");
    pause(Duration::from_millis(200)).await;
    assert_eq!(seen.borrow().len(), before, "nobody is told any more");

    let failures = Rc::new(RefCell::new(Vec::new()));
    let hears = failures.clone();
    let wrong = db.subscribe::<Count>("SELECT nothing FROM nowhere", (), move |rows| hears.borrow_mut().push(rows));
    until("the failure is told", || matches!(failures.borrow().first(), Some(Err(Error::Database(_))))).await;
    drop(wrong);
    other.close().await.expect("closed");
    db.close().await.expect("closed");
}

#[wasm_bindgen_test]
async fn changes_name_their_tables() {
    let db = opened("changes").await;
    let tables = Rc::new(RefCell::new(Vec::new()));
    let hears = tables.clone();
    let _listening = db.on_change(move |change| hears.borrow_mut().extend(change.tables.into_iter().flatten()));
    db.exec("INSERT INTO item(price) VALUES (1)").await.expect("written");
    until("the commit is told", || tables.borrow().iter().any(|table| table == "item")).await;
    db.close().await.expect("closed");
}
