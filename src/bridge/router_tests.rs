use std::cell::RefCell;

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};

use super::extract::{Json, Path, Query, RawJson, State};
use super::form::Form;
use super::layer::{Cors, Layer, RequestIds};
use super::router::Answer;
use super::*;

#[derive(Debug, Deserialize, Serialize)]
struct Point {
    x: i32,
    y: i32,
}

fn table() -> RouteTable<String> {
    let nested = Router::new().get("/", || "list").get("/{id}", |Path(id): Path<u32>| format!("item {id}")).route(
        &[Method::Delete],
        "/{id}",
        |Path(id): Path<String>| drop(id),
    );
    Router::new()
        .layer(RequestIds)
        .layer(Cors { expose: "x-request-id", max_age: "600" })
        .get("/hello", || "hello")
        .get("/state", |State(state): State<String>| state.as_ref().clone())
        .get("/two/{a}/{b}", |Path((a, b)): Path<(String, u8)>| Json((a, b)))
        .get("/files/{*path}", |Path(path): Path<String>| path)
        .get("/query", |Query(point): Query<Point>| Json(point))
        .get("/later", async || "later")
        .get("/slash/", || "slash")
        .post("/json", async |Json(point): Json<Point>| Json(Point { x: point.y, y: point.x }))
        .post("/raw", async |json: RawJson<64>| json)
        .post("/short/json", async |Json(point): Json<Point, 16>| Json(point))
        .post("/short/form", async |Form(point): Form<Point, 8>| Json(point))
        .post("/form", async |method: Method, Form(point): Form<Point>| format!("{method} {} {}", point.x, point.y))
        .get("/fails", || Err::<(), _>(Problem::new(Kind::FORBIDDEN).with_detail("ask the owner")))
        .any("/any", |method: Method| method.as_str())
        .elsewhere("/there/{*path}")
        .nest("/items", nested)
        .build("shared".to_owned())
        .expect("the routes don't collide")
}

fn send(request: Request) -> Response {
    match table().answer(request, Context::detached(1)) {
        Answer::Ready(response) => response,
        Answer::Pending(future) => future.now_or_never().expect("nothing here waits"),
        Answer::Elsewhere => panic!("left to another instance"),
    }
}

fn get(path: &str) -> Response {
    send(Request::made(Method::Get, format!("http://h{path}"), vec![], vec![]))
}

fn post(path: &str, content_type: &str, body: &str) -> Response {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    send(Request::made(Method::Post, format!("http://h{path}"), headers, body.as_bytes().to_vec()))
}

fn text(response: Response) -> (u16, String) {
    let text = match response.body {
        Body::Text(text) => text.into_owned(),
        Body::Bytes(bytes) => String::from_utf8(bytes).expect("text"),
        Body::Empty => String::new(),
        other => panic!("unexpected body {other:?}"),
    };
    (response.status, text)
}

fn code(response: Response) -> (u16, String) {
    let (status, text) = text(response);
    let document: serde_json::Value = serde_json::from_str(&text).expect("a problem document");
    assert_eq!(document["requestId"], "detached-00000001");
    (status, document["code"].as_str().expect("a code").to_owned())
}

#[test]
fn every_kind_of_route_finds_its_handler() {
    for (path, wanted) in [
        ("/hello", "hello"),
        ("/%68ello", "hello"),
        ("/hello?x=1", "hello"),
        ("/state", "shared"),
        ("/two/a%2Fb/7", "[\"a/b\",7]"),
        ("/files/a/b%20c/d%2Fe", "a/b c/d/e"),
        ("/query?x=1&y=-2", "{\"x\":1,\"y\":-2}"),
        ("/later", "later"),
        ("/items", "list"),
        ("/items/42", "item 42"),
        ("/any", "GET"),
    ] {
        assert_eq!(text(get(path)), (200, wanted.to_owned()), "{path}");
    }
}

#[test]
fn what_is_not_there_is_404_and_what_is_malformed_400() {
    for (path, status, wanted) in [
        ("/nothing", 404, "not_found"),
        ("/hello/world", 404, "not_found"),
        ("//hello", 404, "not_found"),
        ("//hello/", 404, "not_found"),
        ("/two/a", 404, "not_found"),
        ("/%zz", 400, "malformed_path"),
        ("/hello/../hello", 400, "malformed_path"),
        ("/items/x", 400, "invalid_parameter"),
        ("/two/a/256", 400, "invalid_parameter"),
        ("/query?x=1", 400, "invalid_parameter"),
        ("/fails", 403, "forbidden"),
    ] {
        assert_eq!(code(get(path)), (status, wanted.to_owned()), "{path}");
    }
}

#[test]
fn a_slash_too_many_or_too_few_redirects() {
    for (path, location) in [("/hello/", "/hello"), ("/slash", "/slash/"), ("/items/?q=%2F", "/items?q=%2F")] {
        let response = get(path);
        assert_eq!((response.status, response.headers.get("location")), (308, Some(location)), "{path}");
    }
}

#[test]
fn another_method_is_405_with_allow() {
    let response = post("/items/1", "text/plain", "");
    assert_eq!(response.headers.get("allow"), Some("GET, HEAD, DELETE, OPTIONS"));
    assert_eq!(code(response), (405, "method_not_allowed".to_owned()));
    for path in ["/hello", "/any"] {
        let unknown = Request::made(Method::Other, format!("http://h{path}"), vec![], vec![]);
        assert_eq!(send(unknown).status, 405, "a method that nobody knows is not GET: {path}");
    }
}

#[test]
fn head_is_get_without_the_body() {
    let response = send(Request::made(Method::Head, "http://h/hello", vec![], vec![]));
    assert_eq!(response.headers.get("content-length"), Some("5"));
    assert_eq!(text(response), (200, String::new()));
}

#[test]
fn options_lists_the_methods_and_answers_a_preflight() {
    let response = send(Request::made(Method::Options, "http://h/items/1", vec![], vec![]));
    assert_eq!((response.status, response.headers.get("allow")), (204, Some("GET, HEAD, DELETE, OPTIONS")));
    assert_eq!(response.headers.get("access-control-allow-methods"), None);
    let headers = [("access-control-request-method", "DELETE"), ("access-control-request-headers", "authorization")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let response = send(Request::made(Method::Options, "http://h/items/1", headers, vec![]));
    assert_eq!(response.headers.get("access-control-allow-methods"), Some("GET, HEAD, DELETE, OPTIONS"));
    assert_eq!(response.headers.get("access-control-allow-headers"), Some("authorization"));
    assert_eq!(response.headers.get("access-control-max-age"), Some("600"));
}

#[test]
fn a_preflight_with_a_wrong_slash_is_answered_and_not_redirected() {
    let headers = vec![("access-control-request-method".to_owned(), "GET".to_owned())];
    for (path, allow) in [("/hello/", "GET, HEAD, OPTIONS"), ("/items/1/", "GET, HEAD, DELETE, OPTIONS")] {
        let response = send(Request::made(Method::Options, format!("http://h{path}"), headers.clone(), vec![]));
        assert_eq!(
            (response.status, response.headers.get("access-control-allow-methods")),
            (204, Some(allow)),
            "{path}"
        );
    }
    assert_eq!(send(Request::made(Method::Options, "http://h/nothing/", headers, vec![])).status, 404);
}

#[test]
fn a_layer_sees_what_the_client_called_its_method() {
    let source = super::request::Source::Made { headers: vec![], body: vec![] };
    let request = Request::new("BREW", "http://h/".into(), source);
    assert_eq!((request.method(), request.method_name()), (Method::Other, "BREW"));
    assert_eq!(Request::made(Method::Put, "http://h/", vec![], vec![]).method_name(), "PUT");
}

#[test]
fn bodies_are_read_as_their_content_type_says() {
    assert_eq!(text(post("/json", "application/json", "{\"x\":1,\"y\":2}")), (200, "{\"x\":2,\"y\":1}".to_owned()));
    assert_eq!(text(post("/raw", "application/json; charset=utf-8", "[1, 2 ]")), (200, "[1, 2 ]".to_owned()));
    assert_eq!(text(post("/form", "application/x-www-form-urlencoded", "x=1&y=2")), (200, "POST 1 2".to_owned()));
    assert_eq!(text(post("/short/json", "application/json", "{\"x\":1, \"y\": 2}")).0, 200, "as long as it may be");
    assert_eq!(
        text(post("/short/form", "application/x-www-form-urlencoded", "x=1&y=20")).0,
        200,
        "as long as it may be"
    );
    for (path, content_type, body, status, wanted) in [
        ("/json", "text/plain", "{}", 415, "unsupported_media_type"),
        ("/json", "application/json", "{\"x\":1}", 400, "invalid_body"),
        ("/raw", "application/json", "[1, 2", 400, "invalid_body"),
        ("/raw", "application/json", "[1] 2", 400, "invalid_body"),
        ("/raw", "application/json", &"1".repeat(65), 413, "body_too_large"),
        ("/form", "application/x-www-form-urlencoded", "x=1&y=z", 400, "invalid_body"),
        ("/short/json", "application/json", "{\"x\":1, \"y\":   2}", 413, "body_too_large"),
        ("/short/form", "application/x-www-form-urlencoded", "x=10&y=20", 413, "body_too_large"),
        ("/form", "application/json", "{}", 415, "unsupported_media_type"),
    ] {
        assert_eq!(code(post(path, content_type, body)), (status, wanted.to_owned()), "{path} {body}");
    }
}

#[test]
fn every_response_carries_its_request_id() {
    for path in ["/hello", "/nothing", "/fails", "/later", "/%zz"] {
        assert_eq!(get(path).request_id.map(|id| id.to_string()).as_deref(), Some("detached-00000001"), "{path}");
    }
}

#[test]
fn layers_run_outside_in_and_back_and_may_answer_early() {
    thread_local! { static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) } }
    struct Named(&'static str);
    impl Layer for Named {
        fn before(&self, request: &Request, _: &Context) -> Option<Response> {
            SEEN.with_borrow_mut(|seen| seen.push(format!("{} in", self.0)));
            (self.0 == "inner" && request.query() == "stop").then(|| Response::text("stopped"))
        }
        fn after(&self, _: &Request, _: &Context, _: &mut Response) {
            SEEN.with_borrow_mut(|seen| seen.push(format!("{} out", self.0)));
        }
    }
    let table =
        Router::new().layer(Named("outer")).layer(Named("inner")).get("/", || "went on").build(()).expect("one route");
    for (url, wanted) in [("http://h/", "went on"), ("http://h/?stop", "stopped")] {
        let request = Request::made(Method::Get, url, vec![], vec![]);
        let Answer::Ready(response) = table.answer(request, Context::detached(1)) else { panic!("sync") };
        assert_eq!(text(response).1, wanted);
        assert_eq!(SEEN.take(), ["outer in", "inner in", "inner out", "outer out"]);
    }
}

#[test]
fn routes_that_collide_are_named() {
    let twice = Router::<()>::new().get("/a", || ()).get("/a", || ()).build(()).err().expect("two handlers");
    assert_eq!(twice.to_string(), "route GET /a has two handlers");
    let names = Router::<()>::new().get("/{a}", || ()).post("/{b}", || ()).build(()).err().expect("two names");
    assert!(names.to_string().starts_with("route /{b}: "), "{names}");
}

#[test]
fn what_is_left_to_another_instance_is_answered_by_nothing_here() {
    let elsewhere = |method: Method, url: &str| {
        let request = Request::made(method, url, vec![], vec![]);
        matches!(table().answer(request, Context::detached(1)), Answer::Elsewhere)
    };
    for method in Method::ALL {
        assert!(elsewhere(method, "http://h/there/a/b"), "{method}");
    }
    assert!(elsewhere(Method::Other, "http://h/there/a"), "methods that nobody here knows are left, too");
    assert!(!elsewhere(Method::Get, "http://h/there"));
    assert!(!elsewhere(Method::Get, "http://h/there/../hello"));
}
