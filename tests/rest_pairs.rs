//! Replays every query of `tests/supabase/queries.json` on our builder and compares the request with the table's, which
//! `tests/supabase/pairs.test.mjs` holds supabase-js to.
//!
//! `steps` are supabase-js's calls, and are made on our builder by the same names. Where supabase-js leaves quoting to
//! its caller, `typed` says the same query as our types have it, and replaces `steps` here.

#[path = "rest_pairs/expression.rs"]
mod expression;
#[path = "rest_pairs/replay.rs"]
mod replay;
#[path = "rest_pairs/step.rs"]
mod step;

use hashi::bridge::Outbound;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use step::Step;

const URL: &str = "https://project.supabase.co";
const KEY: &str = "anon-key";

#[derive(Deserialize)]
struct Query<'a> {
    name: String,
    #[serde(borrow)]
    steps: Vec<Step<'a>>,
    #[serde(borrow, default)]
    typed: Option<Vec<Step<'a>>>,
    request: Request,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Request {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
}

impl Request {
    fn made(outbound: Outbound) -> Request {
        let names: Vec<_> = outbound.headers.iter().map(|(name, _)| name.clone()).collect();
        assert!(names.is_sorted(), "headers come in the order of the host's Headers: {names:?}");
        let headers: BTreeMap<_, _> = outbound.headers.into_iter().collect();
        assert_eq!(headers.len(), names.len(), "no header is there twice");
        Request {
            method: outbound.method.as_str().to_owned(),
            url: outbound.url.strip_prefix(URL).expect("the project's URL").to_owned(),
            headers,
            body: outbound.body.map(|bytes| String::from_utf8(bytes).expect("JSON is UTF-8")),
        }
    }
}

const TABLE: &str = include_str!("supabase/queries.json");

fn table() -> Vec<Query<'static>> {
    serde_json::from_str(TABLE).expect("queries.json is a table of queries")
}

#[test]
fn every_query_makes_the_request_that_supabase_js_makes() {
    let mut wrong = Vec::new();
    for query in table() {
        let steps = query.typed.as_ref().unwrap_or(&query.steps);
        let made = Request::made(replay::run(steps));
        if made != query.request {
            wrong.push(format!("{}\n  supabase-js: {:?}\n  ours:        {made:?}", query.name, query.request));
        }
    }
    assert!(wrong.is_empty(), "{} queries differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_holds_at_least_80_queries_each_under_a_name_of_its_own() {
    let table = table();
    assert!(table.len() >= 80, "{} queries", table.len());
    let names: HashSet<_> = table.iter().map(|query| query.name.as_str()).collect();
    assert_eq!(names.len(), table.len());
}
