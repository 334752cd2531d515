//! `ANY /fn/{name}`, `/fn/{name}/`, `/fn/{name}/{*path}`: a function that answers HTTP requests.

use super::visit::Visit;
use crate::bridge::fetch::Inbound;
use crate::bridge::{Body, Kind, Method, Problem, Request, Response};
use crate::executor::Permitted;
use crate::executor::call::Task;
use crate::executor::called::Called;
use crate::executor::entry::answers_http;
use crate::executor::failure::Failure;
use crate::executor::history::Source;
use crate::executor::limits::BODY_BYTES;
use crate::executor::record::Record;
use crate::functions::FunctionRef;
use crate::functions::access::Denied;

/// What a preflight is told: the methods that a guest can get.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Gives the request to the function's guest, and its answer to the client.
///
/// The guest sees method, path and query below the function's address, headers and body. It never sees what proves to Hashi who the caller is:
/// `authorization`, `cookie`, `apikey`. docs/decisions/0056-what-a-function-is-told.md says why.
pub(super) async fn trigger(visit: Visit) -> Result<Response, Problem> {
    let request = &visit.request;
    if request.method() == Method::Options && request.header("access-control-request-method").is_some() {
        return Ok(Response::no_content().with_header("allow", METHODS));
    }
    let caller = visit.caller().await?;
    let which = visit.name.as_deref().and_then(FunctionRef::parse).ok_or(Denied::Hidden)?;
    let runnable =
        visit.app.executor.resolve(&visit.context, &which).await.map_err(|failure| failure.into_problem())?;
    let runnable = runnable.ok_or(Denied::Hidden)?;
    let permitted = Permitted::trigger(&caller, &runnable)?;
    visit.admit(&permitted.function.id).await?;
    let record = Record::begin(&visit.app, &visit.context, &permitted, Source::Http, Some(&caller));
    let called = match refusal(&permitted, request) {
        Some(failure) => Called::failed(failure),
        None => {
            let url = below(request.path(), request.query());
            visit.app.executor.call(&visit.context, &permitted, Task::Http { request, url }).await
        }
    };
    let Called { result, spent } = called;
    let status = result.as_ref().map_or_else(|failure| failure.kind.status, Inbound::status);
    record.end(&spent, result.as_ref().err(), Some(status), None);
    let timing = spent.timing;
    match result {
        Ok(answer) => Ok(Response::new(status, Body::Answer(answer)).with_header("server-timing", timing)),
        Err(failure) => Err(failure.into_public_problem().with_header("server-timing", timing)),
    }
}

/// Why the guest isn't asked: it answers no HTTP, or the body is declared too long. One without a length is counted as it comes.
fn refusal(permitted: &Permitted, request: &Request) -> Option<Failure> {
    if permitted.prepared().is_some_and(|prepared| !answers_http(prepared)) {
        let detail =
            "the function's module doesn't answer HTTP requests: it has no export handle of the world http-handler";
        return Some(Failure::new(Kind::EXPORT_NOT_FOUND, detail));
    }
    if matches!(request.method(), Method::Get | Method::Head) {
        return None;
    }
    let declared = request.header("content-length").and_then(|length| length.parse::<u64>().ok()).unwrap_or_default();
    (declared > BODY_BYTES).then(|| {
        let detail = format!("the body has {declared} bytes; a function takes at most {BODY_BYTES}");
        Failure::new(Kind::BODY_TOO_LARGE, detail)
    })
}

/// Path and query as the guest sees them: below `/fn/{name}`, beginning with a slash.
fn below(path: &str, query: &str) -> String {
    let mut rest = path;
    for _ in 0..2 {
        rest = rest.get(1..).and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or_default();
    }
    let mut url = String::with_capacity(rest.len() + query.len() + 2);
    if rest.is_empty() {
        url.push('/');
    }
    url.push_str(rest);
    if !query.is_empty() {
        url.push('?');
        url.push_str(query);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_sees_what_is_below_its_address() {
        for (path, query, url) in [
            ("/fn/hello", "", "/"),
            ("/fn/hello/", "", "/"),
            ("/fn/hello", "name=Ada", "/?name=Ada"),
            ("/fn/hello/a/b%2Fc/", "x=1&y=/", "/a/b%2Fc/?x=1&y=/"),
            ("/fn/hello//x", "", "//x"),
        ] {
            assert_eq!(below(path, query), url, "{path}");
        }
    }
}
