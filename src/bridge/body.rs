//! Request bodies, read up to a limit.

use futures_util::StreamExt;

use super::host::HostBody;
use super::request::Source;
use super::{ByteStream, Kind, Problem, Request};

/// The whole body, if it has at most `limit` bytes; a [`Kind::BODY_TOO_LARGE`] problem as soon as it is known to have more.
pub async fn read(request: &Request, limit: usize) -> Result<Vec<u8>, Problem> {
    read_both(request, limit).await.map(|(bytes, _)| bytes)
}

/// The same, and the bytes as the host has them, to be passed on as they are; `None` if it never had them in one piece.
pub(super) async fn read_both(request: &Request, limit: usize) -> Result<(Vec<u8>, Option<HostBody>), Problem> {
    let host = match request.source() {
        Source::Made { body, .. } if body.len() > limit => return Err(too_large(limit)),
        Source::Made { body, .. } => return Ok((body.clone(), None)),
        Source::Host(host) => host,
    };
    match request.header("content-length").and_then(|length| length.parse::<u64>().ok()) {
        // The host holds a client to the length that it declared.
        Some(length) if length > limit as u64 => Err(too_large(limit)),
        Some(_) => match host.bytes().await {
            Ok((bytes, body)) => Ok((bytes, Some(body))),
            Err(_) => Err(unreadable()),
        },
        None => Ok((collect(stream(request)?, limit).await?, None)),
    }
}

/// The body as it comes in, piece by piece.
pub fn stream(request: &Request) -> Result<ByteStream, Problem> {
    match request.source() {
        Source::Made { body, .. } => Ok(ByteStream::once(body.clone())),
        Source::Host(host) => host.stream().map_err(|_| unreadable()),
    }
}

/// The pieces of `stream` in one, if they have at most `limit` bytes.
pub async fn collect(mut stream: ByteStream, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| unreadable())?;
        if bytes.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::BODY_TOO_LARGE)
        .with_detail(format!("the body has more than the {limit} bytes that this route takes"))
}

fn unreadable() -> Problem {
    Problem::new(Kind::INVALID_BODY).with_detail("the body can't be read: it was cut off, or read before")
}
