use std::cell::Cell;
use std::future::pending;
use std::task::Poll;
use std::time::Duration;

use hashi_sqlite_client::{Code, DatabaseClient, Error, Transaction};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::opened;

async fn names(db: &DatabaseClient) -> Vec<String> {
    let table = db.values::<(String,)>("SELECT name FROM item ORDER BY id", ()).await.expect("rows");
    table.rows.into_iter().map(|(name,)| name).collect()
}

async fn add(tx: &Transaction, name: &str) -> Result<(), Error> {
    tx.run("INSERT INTO item(name) VALUES (?)", (name,)).await.map(drop)
}

#[derive(Debug)]
enum Given {
    Up,
    Database(Error),
}

impl From<Error> for Given {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

#[wasm_bindgen_test]
async fn what_the_closure_gives_decides() {
    let db = opened("decides").await;
    db.exec("DELETE FROM item").await.expect("empty");
    let borrowed = String::from("kept");
    let given = db.transaction(async |tx| {
        add(tx, &borrowed).await?;
        let own = tx.values::<(u32,)>("SELECT count(*) FROM item", ()).await?;
        Ok::<_, Error>(own.rows[0].0)
    });
    assert_eq!(given.await.expect("committed"), 1);
    let refused = db.transaction(async |tx| {
        add(tx, "taken back").await?;
        Err::<(), _>(Given::Up)
    });
    assert!(matches!(refused.await, Err(Given::Up)), "the closure's own error");
    let failed = db.transaction(async |tx| {
        add(tx, "taken back too").await?;
        add(tx, "kept").await?;
        Ok::<_, Given>(())
    });
    match failed.await {
        Err(Given::Database(error)) => assert_eq!(error.code(), Some(Code::Constraint)),
        other => panic!("{other:?}"),
    }
    assert_eq!(names(&db).await, ["kept"]);
    db.close().await.expect("closed");
}

#[wasm_bindgen_test]
async fn a_transaction_that_is_dropped_or_late_is_rolled_back() {
    let db = opened("dropped").await;
    db.exec("DELETE FROM item").await.expect("empty");
    let written = Cell::new(false);
    let stuck = db.transaction(async |tx| {
        add(tx, "of a dropped one").await?;
        written.set(true);
        pending::<Result<(), Error>>().await
    });
    let mut stuck = Box::pin(stuck);
    // Polled until it has written; then nobody waits for it any more.
    std::future::poll_fn(|context| {
        let _ = stuck.as_mut().poll(context).is_ready();
        if written.get() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    drop(stuck);
    assert_eq!(names(&db).await, [""; 0], "it is over at once, and another's turn");

    // Dropped before it has begun.
    let mut early = Box::pin(db.transaction(async |tx| add(tx, "too early").await));
    std::future::poll_fn(|context| Poll::Ready(early.as_mut().poll(context).is_pending())).await;
    drop(early);
    assert_eq!(names(&db).await, [""; 0]);

    let hurried = db.with_timeout(Duration::from_millis(150));
    let late = hurried.transaction(async |tx| {
        add(tx, "of a late one").await?;
        pending::<Result<(), Error>>().await
    });
    assert_eq!(late.await.expect_err("a deadline").code(), Some(Code::Timeout));
    assert_eq!(names(&db).await, [""; 0]);
    db.close().await.expect("closed");
}

#[wasm_bindgen_test]
async fn a_transaction_whose_leader_goes_is_run_again_where_that_is_allowed() {
    let [leader, db] = [opened("again").await, opened("again").await];
    db.exec("DELETE FROM item").await.expect("empty");
    let runs = Cell::new(0);
    let stubborn = db.with_retries(2);
    let retried = stubborn.transaction(async |tx| {
        runs.set(runs.get() + 1);
        add(tx, &format!("run {}", runs.get())).await?;
        if runs.get() == 1 {
            leader.close().await?;
        }
        add(tx, "both").await
    });
    retried.await.expect("committed by the next leader");
    assert_eq!(names(&db).await, ["run 2", "both"]);

    let leader = db;
    let db = opened("again").await;
    let lost = db.transaction(async |tx| {
        add(tx, "lost").await?;
        leader.close().await?;
        add(tx, "lost too").await
    });
    assert_eq!(lost.await.expect_err("lost").code(), Some(Code::TransactionLost));
    assert_eq!(names(&db).await, ["run 2", "both"]);
    db.close().await.expect("closed");
}
