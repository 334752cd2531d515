use hashi_sqlite_client::{Error, Migration, OpenOptions};
use serde::Deserialize;

#[derive(Debug, Deserialize, PartialEq)]
struct Note {
    id: i64,
    text: String,
}

async fn keep_notes() -> Result<Vec<Note>, Error> {
    let schema = Migration::new(1, "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    let db = OpenOptions::default().with_migrations([schema]).open("notes").await?;
    // Calls back now, and again after any tab's commit, until it is dropped.
    let _shown = db.subscribe("SELECT id, text FROM note ORDER BY id", (), render)?;
    db.run("INSERT INTO note(text) VALUES (?)", ("hello",)).await?;
    db.transaction(async |tx| {
        let (n,): (u32,) = tx.values("SELECT count(*) FROM note", ()).await?.rows[0];
        if n < 100 {
            tx.run("INSERT INTO note(text) VALUES (?)", (format!("number {}", n + 1),)).await?;
        }
        Ok::<_, Error>(())
    })
    .await?;
    let notes = db.all("SELECT id, text FROM note ORDER BY id", ()).await?;
    db.close().await?;
    Ok(notes)
}
