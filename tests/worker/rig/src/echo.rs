//! Bodies and parameters, given back.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use hashi::bridge::extract::{Bytes, Json, Path, Query, RawJson};
use hashi::bridge::form::Form;
use hashi::bridge::multipart::Multipart;
use hashi::bridge::{Body, Kind, Problem, Request, Response, body};
use serde::{Deserialize, Serialize};

use crate::left::Left;

pub async fn bytes(Bytes(bytes): Bytes<{ 8 * 1024 * 1024 }>) -> Response {
    Response::bytes("application/octet-stream", bytes)
}

pub async fn small(Bytes(bytes): Bytes<1024>) -> Response {
    Response::bytes("application/octet-stream", bytes)
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    title: String,
    count: u32,
    tags: Vec<String>,
}

pub async fn json(Json(note): Json<Note>) -> Json<Note> {
    Json(note)
}

pub async fn raw_json(body: RawJson) -> RawJson {
    body
}

pub async fn form(Form(fields): Form<BTreeMap<String, String>>) -> Json<BTreeMap<String, String>> {
    Json(fields)
}

#[derive(Serialize)]
pub struct PartReport {
    name: Option<String>,
    file_name: Option<String>,
    content_type: Option<String>,
    bytes: usize,
    sum: u64,
    pieces: usize,
    largest: usize,
}

/// Reads each part piece by piece and keeps none of it.
pub async fn multipart(mut parts: Multipart) -> Result<Json<Vec<PartReport>>, Problem> {
    let mut reports = Vec::new();
    while let Some(mut part) = parts.next().await? {
        let mut report = PartReport {
            name: part.name().map(str::to_owned),
            file_name: part.file_name().map(str::to_owned),
            content_type: part.content_type().map(str::to_owned),
            bytes: 0,
            sum: 0,
            pieces: 0,
            largest: 0,
        };
        while let Some(piece) = part.chunk().await? {
            report.bytes += piece.len();
            report.sum += piece.iter().map(|byte| u64::from(*byte)).sum::<u64>();
            report.pieces += 1;
            report.largest = report.largest.max(piece.len());
        }
        reports.push(report);
    }
    Ok(Json(reports))
}

/// Gives the body back through our memory, piece by piece.
pub fn stream(request: Request) -> Result<Response, Problem> {
    Ok(Response::stream("application/octet-stream", body::stream(&request)?))
}

/// Gives the body back without reading it.
pub fn host(request: Request) -> Response {
    let body = request.host_body().map_or(Body::Empty, Body::Host);
    Response::new(200, body).with_header("content-type", "application/octet-stream")
}

/// Logs how many bytes came and how the body ended: a client that leaves gets no answer.
pub async fn count(request: Request) -> Result<String, Problem> {
    let left = Left::watch("upload", "");
    let mut stream = body::stream(&request)?;
    let mut bytes = 0;
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => bytes += piece.len(),
            Err(error) => {
                tracing::warn!(bytes, %error, "upload broke off");
                return Err(Problem::new(Kind::INVALID_BODY).with_detail("the upload broke off"));
            }
        }
    }
    left.done();
    tracing::info!(bytes, "upload complete");
    Ok(bytes.to_string())
}

#[derive(Deserialize)]
pub struct Enough {
    status: u16,
}

/// Reads the beginning of the body, and answers with `status`.
pub async fn beginning(Query(enough): Query<Enough>, request: Request) -> Result<Response, Problem> {
    let first = body::stream(&request)?.next().await.transpose();
    let first = first.map_err(|_| Problem::new(Kind::INVALID_BODY))?.unwrap_or_default();
    Ok(Response::text(first.len().to_string()).with_status(enough.status))
}

pub fn segment(Path(segment): Path<String>) -> String {
    segment
}

pub fn rest(Path(path): Path<String>) -> String {
    path
}

#[derive(Deserialize)]
pub struct Given {
    name: String,
    value: String,
}

/// Sets the header that the query names.
pub fn header(Query(given): Query<Given>) -> Response {
    Response::text("with a header").with_header(given.name, given.value)
}
