use std::cell::Cell;

use wasm_bindgen_test::wasm_bindgen_test;

use crate::page;

include!("notes.rs");

thread_local! {
    static SHOWN: Cell<usize> = const { Cell::new(0) };
}

fn render(notes: Result<Vec<Note>, Error>) {
    SHOWN.set(notes.expect("rows").len());
}

#[wasm_bindgen_test]
async fn the_documentations_example_does_what_it_says() {
    let documented = include_str!("../../../../docs/sqlite.md");
    let example = include_str!("notes.rs");
    assert!(documented.contains(&format!("```rust\n{example}```")), "docs/sqlite.md has notes.rs word for word");
    page::ready();
    let note = |id, text: &str| Note { id, text: text.into() };
    assert_eq!(keep_notes().await.expect("notes"), [note(1, "hello"), note(2, "number 2")]);
    assert_eq!(keep_notes().await.expect("notes").len(), 4, "what was kept is there again");
    assert!(SHOWN.get() > 0, "the subscription has shown notes");
}
