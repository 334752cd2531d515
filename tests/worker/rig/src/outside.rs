//! Calls to an upstream that the test brings along, named by the header `x-upstream`.

use hashi::bridge::extract::Query;
use hashi::bridge::fetch::{self as outbound, FetchError};
use hashi::bridge::{Kind, Method, Outbound, Problem, Request, Response};
use serde::Deserialize;

/// The deadlines of a call.
#[derive(Deserialize)]
pub struct Limits {
    #[serde(default = "second")]
    deadline_ms: u32,
    #[serde(default = "megabyte")]
    bytes: usize,
}

fn second() -> u32 {
    1000
}

fn megabyte() -> usize {
    1024 * 1024
}

fn call(request: &Request) -> Result<Outbound, Problem> {
    let missing = || Problem::new(Kind::INVALID_PARAMETER).with_detail("x-upstream: missing; it is required");
    let url = request.header("x-upstream").ok_or_else(missing)?;
    let headers = request.header("content-type").map(|value| ("content-type".to_owned(), value)).into_iter().collect();
    Ok(Outbound { method: request.method(), url, headers, body: None })
}

fn failed(error: FetchError) -> Problem {
    let kind = if error == FetchError::Timeout { Kind::UPSTREAM_TIMEOUT } else { Kind::BAD_UPSTREAM };
    Problem::new(kind).with_detail(format!("{error:?}"))
}

/// Passes the request on and the answer back; neither body enters our memory.
pub async fn proxy(Query(limits): Query<Limits>, request: Request) -> Result<Response, Problem> {
    let body = if request.method() == Method::Get { None } else { request.host_body() };
    let length = request.content_length();
    let answer = outbound::send_stream(&call(&request)?, body, length, limits.deadline_ms).await.map_err(failed)?;
    let mut response = Response::new(answer.status(), Default::default());
    for (name, value) in answer.headers() {
        if matches!(name.as_str(), "content-type" | "content-length" | "x-sum" | "set-cookie") {
            response.headers.append(name, value);
        }
    }
    response.body = answer.into_body(limits.deadline_ms).map_err(failed)?;
    Ok(response)
}

/// Reads the whole answer, within a deadline and a limit.
pub async fn fetch(Query(limits): Query<Limits>, request: Request) -> Result<Response, Problem> {
    let answer = outbound::send(&call(&request)?, limits.deadline_ms).await.map_err(failed)?;
    let status = answer.status();
    let bytes = answer.bytes(limits.bytes).await.map_err(failed)?;
    Ok(Response::bytes("application/octet-stream", bytes).with_header("x-upstream-status", status.to_string()))
}
