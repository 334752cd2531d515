//! The README's Rust, compiled and run: what it shows is what is here.
#![cfg(not(target_arch = "wasm32"))]

use hashi::bridge::router::Answer;
use hashi::bridge::{Body, Context, Method, Request, RouteTable, Router};
use hashi::supabase::Transport;
use hashi::supabase::rest::{Client, Error, Filter, Is, Order};
use serde::Deserialize;

mod pages {
    use hashi::bridge::extract::{Path, Query};
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub struct Greeting {
        times: u8,
    }

    pub fn greet(Path(name): Path<String>, Query(greeting): Query<Greeting>) -> String {
        format!("Hello, {name}! ").repeat(greeting.times.into())
    }
}

#[rustfmt::skip]
fn table() -> RouteTable<()> {
    Router::new()
        .get("/greet/{name}", pages::greet)
        .build(())
        .expect("one route")
}

fn get(path: &str) -> (u16, String) {
    let request = Request::made(Method::Get, format!("http://h{path}"), vec![], vec![]);
    let Answer::Ready(response) = table().answer(request, Context::detached(1)) else { panic!("it doesn't wait") };
    match response.body {
        Body::Text(text) => (response.status, text.into_owned()),
        other => panic!("unexpected body {other:?}"),
    }
}

#[test]
fn the_route_answers_as_the_readme_says() {
    assert_eq!(get("/greet/Ann?times=2"), (200, "Hello, Ann! Hello, Ann! ".to_owned()));
    let (status, text) = get("/greet/Ann?times=256");
    let problem: serde_json::Value = serde_json::from_str(&text).expect("a problem document");
    assert_eq!(
        (status, &problem["detail"]),
        (400, &"times: expected a whole number from 0 to 255, got \"256\"".into())
    );
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "the README's type, which nothing here reads")]
struct Book {
    id: u32,
}

/// Compiled only: it would need a Supabase.
#[allow(dead_code, reason = "the README's query")]
#[rustfmt::skip]
async fn books(client: &Client, transport: Transport) -> Result<Vec<Book>, Error> {
    let (request, expected) = client
        .from("books")
        .select("id,title,authors(name)")
        .gte("year", 1990)
        .or([Filter::eq("lang", "ja"), Filter::is("lang", Is::Null)])
        .order(Order::desc("year"))
        .limit(20)
        .prepare();
    let answer = transport.send(&request).await?;      // deadline, retries where they are safe
    let books = expected.decode::<Book>(answer.reply())?.rows;
    Ok(books)
}

#[test]
fn every_line_of_rust_in_the_readme_is_a_line_of_this_file() {
    let here: Vec<&str> = include_str!("readme.rs").lines().map(str::trim).collect();
    let page = include_str!("../README.md");
    let blocks: Vec<&str> = page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 2, "the README shows a route and a query");
    for block in blocks {
        let mut from = 0;
        let lines = block.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
        for line in lines {
            let at = here[from..].iter().position(|known| *known == line);
            from += 1 + at.unwrap_or_else(|| panic!("the README's line is not here, or not in this order: {line}"));
        }
    }
}
