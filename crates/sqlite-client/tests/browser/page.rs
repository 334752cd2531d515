//! The page that the tests run in.

use std::time::Duration;

use hashi_sqlite_client::{DatabaseClient, Migration, OpenOptions};
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;
use web_sys::window;

/// Says where the package is, as a page without a bundler does. The runner serves the repository's root, and not many files at once: see
/// scripts/build/sqlite-page.mjs.
pub fn ready() {
    let document = window().and_then(|window| window.document()).expect("a page");
    if document.query_selector("script[type=importmap]").expect("a selector").is_some() {
        return;
    }
    let map = document.create_element("script").expect("an element");
    map.set_attribute("type", "importmap").expect("an attribute");
    map.set_text_content(Some(r#"{ "imports": { "@hashi/sqlite": "/build/sqlite-page/index.js" } }"#));
    document.body().expect("a body").append_child(&map).expect("appended");
}

/// A database in OPFS with an empty table.
pub async fn opened(name: &str) -> DatabaseClient {
    ready();
    let schema =
        Migration::new(1, "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL, picture BLOB)");
    OpenOptions::default().with_migrations([schema]).open(name).await.expect("a database")
}

pub async fn pause(time: Duration) {
    let milliseconds = i32::try_from(time.as_millis()).expect("a short pause");
    let passed = Promise::new(&mut |resolve, _| {
        let window = window().expect("a page");
        window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds).expect("a timer");
    });
    JsFuture::from(passed).await.expect("time passes");
}

/// Waits until something is so; fails with `what` where it doesn't come to be.
pub async fn until(what: &str, check: impl Fn() -> bool) {
    for _ in 0..500 {
        if check() {
            return;
        }
        pause(Duration::from_millis(10)).await;
    }
    panic!("after 5 s still not: {what}");
}
