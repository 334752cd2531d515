use std::collections::BTreeMap;

use hashi_sqlite_client::{Batch, Blob, Code, OpenOptions, Role, State, Storage, Value, Way, remove, supported};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::opened;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Item {
    id: i64,
    name: Option<String>,
    price: f64,
    picture: Option<Blob>,
}

#[wasm_bindgen_test]
async fn types_go_there_and_come_back() {
    let db = opened("types").await;
    let item = Item { id: i64::MAX, name: Some("橋\0🌉".into()), price: 2.0, picture: Some(Blob(vec![0, 255])) };
    let insert = "INSERT INTO item VALUES (:id, :name, :price, :picture)";
    let ran = db.run(insert, &item).await.expect("a struct for names");
    assert_eq!((ran.changes, ran.last_insert_rowid), (1, i64::MAX));
    let nameless = Item { id: 2, name: None, price: 0.5, picture: None };
    db.run(
        insert,
        BTreeMap::from([
            ("id", Value::Integer(2)),
            ("name", Value::Null),
            ("price", Value::Real(0.5)),
            ("picture", Value::Null),
        ]),
    )
    .await
    .expect("a map for names");
    assert_eq!(db.all::<Item>("SELECT * FROM item ORDER BY id", ()).await.expect("rows"), [nameless.clone(), item]);
    assert_eq!(db.get("SELECT * FROM item WHERE id = ?", [2]).await.expect("a row"), Some(nameless));
    assert_eq!(db.get::<Item>("SELECT * FROM item WHERE id = ?", (7,)).await.expect("no row"), None);

    let table = db.values::<Vec<Value>>("SELECT *, typeof(?) AS kind FROM item ORDER BY id DESC", (1_i64 << 60,)).await;
    let table = table.expect("values");
    assert_eq!(table.columns, ["id", "name", "price", "picture", "kind"]);
    let kind = Value::Text("integer".into());
    let name = Value::Text("橋\0🌉".into());
    assert_eq!(
        table.rows[0],
        [Value::Integer(i64::MAX), name, Value::Integer(2), Value::Blob(vec![0, 255]), kind.clone()]
    );
    assert_eq!(table.rows[1], [Value::Integer(2), Value::Null, Value::Real(0.5), Value::Null, kind]);
    db.close().await.expect("closed");
}

#[wasm_bindgen_test]
async fn statements_go_together_or_stay_prepared() {
    let db = opened("together").await;
    let many = (1..=300).map(|id| (id, format!("item {id}"), f64::from(id) / 4.0, Blob(vec![7; 2000])));
    let batch = Batch::default()
        .script("DELETE FROM item")
        .each("INSERT INTO item VALUES (?, ?, ?, ?)", many)
        .and_then(|batch| batch.statement("DELETE FROM item WHERE id > :last", BTreeMap::from([("last", 200)])))
        .expect("parameters");
    let changes: Vec<_> = db.batch(batch).await.expect("a batch").iter().map(|ran| ran.changes).collect();
    assert_eq!(changes[1..], [300, 100]);

    let statement = db.prepare("SELECT id, name FROM item WHERE id >= ? ORDER BY id").await.expect("a statement");
    assert_eq!(statement.columns(), ["id", "name"]);
    assert!(statement.readonly() && statement.parameters() == 1);
    #[derive(Debug, Deserialize, PartialEq)]
    struct Named {
        id: i64,
        name: String,
    }
    let last = statement.all::<Named>((200,)).await.expect("rows");
    assert_eq!(last, [Named { id: 200, name: "item 200".into() }]);

    // More than one chunk, read to its end.
    let mut rows = db.iterate::<Item>("SELECT * FROM item ORDER BY id", ()).expect("parameters");
    let mut read = 0;
    while let Some(row) = rows.next().await {
        read += 1;
        assert_eq!(row.expect("a row").id, read);
    }
    assert_eq!(read, 200);
    assert!(rows.next().await.is_none());
    db.close().await.expect("closed");
}

#[wasm_bindgen_test]
async fn a_database_tells_how_it_is_and_goes_as_a_file() {
    let db = opened("file").await;
    db.exec("DELETE FROM item; INSERT INTO item(id, name) VALUES (1, 'kept')").await.expect("a row");
    let status = db.status().await.expect("a status");
    assert_eq!((status.state, status.role, status.way), (State::Ready, Role::Leader, Some(Way::Worker)));
    assert_eq!((status.in_memory, status.schema, status.clients), (Some(false), Some(1), Some(1)));
    assert!(status.sizes.expect("sizes").database > 0);
    let file = db.export().await.expect("a file");
    assert!(file.starts_with(b"SQLite format 3\0"));
    db.exec("DELETE FROM item").await.expect("no row");
    db.import(&file).await.expect("the file's content");
    assert_eq!(db.values::<(String,)>("SELECT name FROM item", ()).await.expect("rows").rows, [("kept".to_owned(),)]);

    let memory = OpenOptions::default().with_storage(Storage::Memory).open("file").await.expect("another database");
    assert_eq!(memory.status().await.expect("a status").in_memory, Some(true));
    memory.close().await.expect("closed");

    assert_eq!(remove("file").await.expect_err("in use").code(), Some(Code::InUse));
    db.close().await.expect("closed");
    remove("file").await.expect("removed");
    assert!(supported().await.expect("what there is").opfs);
}

#[wasm_bindgen_test]
async fn two_clients_of_one_database_have_one_leader() {
    let [one, two] = [opened("shared").await, opened("shared").await];
    let roles = [one.status().await.expect("a status").role, two.status().await.expect("a status").role];
    assert_eq!(roles, [Role::Leader, Role::Follower]);
    two.exec("DELETE FROM item; INSERT INTO item(name) VALUES ('from a follower')").await.expect("written");
    let names = one.values::<(String,)>("SELECT name FROM item", ()).await.expect("rows").rows;
    assert_eq!(names, [("from a follower".to_owned(),)]);
    two.close().await.expect("closed");
    one.close().await.expect("closed");
}
