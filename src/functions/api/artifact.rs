//! The bytes of a module.

use super::answer;
use super::visit::Visit;
use crate::bridge::{Body, Kind, Method, Problem, Response};
use crate::functions::access::Access;
use crate::functions::artifacts::Artifacts;
use crate::functions::precondition;
use crate::functions::range::Range;
use crate::functions::store::{Store, StoreError};

/// `GET /api/v1/artifacts/{id}/{version}`: the bytes as they were uploaded, whole or a range; `HEAD` answers as for the whole.
///
/// All of them are checked against their hash before the first is sent, so a range of damaged bytes is refused as well. None is kept: they are read once to
/// be checked and once to be sent, however slowly a client takes them (docs/decisions/0061).
pub(super) async fn bytes(visit: Visit) -> Result<Response, Problem> {
    let version = visit.version()?;
    let caller = visit.caller().await?;
    let store = visit.store()?;
    let function = visit.function(&store).await?;
    let readable = Access::read(&caller, &function)?;
    let module = store.module(&readable, version).await?.ok_or(StoreError::NoVersion(version))?;
    let etag = module.sha256.etag();
    let header = |name: &str| visit.request.header(name);
    let headed = |response: Response| {
        // What is under a hash never changes; who may read it does.
        answer::kept_by_one(response).with_header("etag", etag.clone()).with_header("accept-ranges", "bytes")
    };
    if precondition::is_known(header("if-none-match").as_deref(), &etag) {
        return Ok(headed(Response::new(304, Body::Empty)));
    }
    // Ranges are for GET alone (RFC 9110 section 14.2), and one of what the client has of other bytes would not fit.
    let fits = visit.request.method() == Method::Get && header("if-range").is_none_or(|wanted| wanted == etag);
    let range = Range::parse(header("range").filter(|_| fits).as_deref(), module.size);
    if range == Range::Unsatisfiable {
        return Err(Problem::new(Kind::RANGE_NOT_SATISFIABLE)
            .with_detail(format!("there are {} bytes", module.size))
            .with_header("content-range", format!("bytes */{}", module.size)));
    }
    let artifacts = visit.artifacts(&caller, &function.id)?;
    let checked = artifacts.check(&module.sha256).await?;
    let size = checked.size();
    let (status, start, end) = match range {
        Range::Part(start, end) => (206, start, end),
        Range::Whole | Range::Unsatisfiable => (200, 0, size),
    };
    let head = visit.request.method() == Method::Head;
    let body = if head { Body::Empty } else { Body::Host(artifacts.open(&checked, start..end).await?) };
    let response = Response::new(status, body);
    let mut response = headed(response)
        .with_header("content-type", "application/wasm")
        .with_header("content-disposition", format!("attachment; filename=\"{}-{version}.wasm\"", function.name))
        .with_header("x-content-type-options", "nosniff");
    if status == 206 {
        response.headers.set("content-range", format!("bytes {start}-{}/{size}", end - 1));
    }
    if head {
        response.headers.set("content-length", (end - start).to_string());
    }
    Ok(response)
}
