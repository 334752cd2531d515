//! Request bodies, read up to a limit.

use std::time::Duration;

use futures_util::StreamExt;

use super::held::{Held, UNCOUNTED};
use super::host_body::HostBody;
use super::host_request::{HostRequest, patience};
use super::request::Source;
use super::stream::StreamError;
use super::{Body, ByteStream, Kind, Problem, Request, clock};

/// A whole body that is UTF-8.
#[derive(Clone, Debug)]
pub(super) struct BodyText {
    /// UTF-8, as whoever made this knows: a host's string is checked nowhere else, since that takes 1 µs for each 10 KB.
    bytes: Vec<u8>,
    /// The text as the host has it, to be passed on as it is; `None` if it never had it in one piece.
    host: Option<HostBody>,
}

impl BodyText {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn text(&self) -> &str {
        str::from_utf8(&self.bytes).expect("what isn't UTF-8 was refused when it was read")
    }

    pub(super) fn into_string(self) -> String {
        String::from_utf8(self.bytes).expect("what isn't UTF-8 was refused when it was read")
    }

    /// The same to be sent back, in as few copies as there can be.
    pub(super) fn into_body(self) -> Body {
        match self.host {
            Some(host) => Body::Host(host),
            None => Body::Text(self.into_string().into()),
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The whole body, if it has at most `limit` bytes; a [`Kind::BODY_TOO_LARGE`] problem as soon as it is known to have more.
pub async fn read(request: &Request, limit: usize) -> Result<Vec<u8>, Problem> {
    match within(request, limit)? {
        Whole::Made(bytes) => Ok(bytes.to_vec()),
        Whole::Declared(host, length) => host.bytes(length).await.map_err(broken),
        Whole::Stream(stream, longest) => collect(stream, limit, longest).await,
    }
}

/// The same as text; a [`Kind::INVALID_BODY`] problem if it is not UTF-8 or begins with a byte order mark.
pub(super) async fn read_text(request: &Request, limit: usize) -> Result<BodyText, Problem> {
    let (bytes, host) = match within(request, limit)? {
        Whole::Made(bytes) => (bytes.to_vec(), None),
        Whole::Declared(host, length) => {
            let (bytes, text) = host.text(length).await.map_err(broken)?.ok_or_else(not_text)?;
            (bytes, Some(text))
        }
        Whole::Stream(stream, longest) => (collect(stream, limit, longest).await?, None),
    };
    let checked = host.is_some() || str::from_utf8(&bytes).is_ok();
    if checked && !bytes.starts_with(BYTE_ORDER_MARK) { Ok(BodyText { bytes, host }) } else { Err(not_text()) }
}

/// Where a whole body comes from.
enum Whole<'r> {
    Made(&'r [u8]),
    /// It is short, its length is declared, and the host holds the client to it.
    Declared(&'r HostRequest, usize),
    /// It is long or may be: counted as it comes, for what is declared need not come. It has the time of a body of so many bytes.
    Stream(ByteStream, usize),
}

fn within(request: &Request, limit: usize) -> Result<Whole<'_>, Problem> {
    let host = match request.source() {
        Source::Made { body, .. } if body.len() > limit => return Err(too_large(limit)),
        Source::Made { body, .. } => return Ok(Whole::Made(body)),
        Source::Host(host) => host,
    };
    match declared(request, limit)? {
        Some(length) if length as u64 <= UNCOUNTED => Ok(Whole::Declared(host, length)),
        length => Ok(Whole::Stream(stream(request)?, length.unwrap_or(limit))),
    }
}

/// The length that a body is declared to have, to which the host holds the client; a problem if that is more than `limit`.
pub(super) fn declared(request: &Request, limit: usize) -> Result<Option<usize>, Problem> {
    match request.content_length() {
        Some(length) if length > limit as u64 => Err(too_large(limit)),
        length => Ok(length.map(|length| length as usize)),
    }
}

/// The body as it comes in, piece by piece.
pub fn stream(request: &Request) -> Result<ByteStream, Problem> {
    match request.source() {
        Source::Made { body, .. } => Ok(ByteStream::once(body.clone())),
        Source::Host(host) => host.stream().map_err(broken),
    }
}

/// The pieces of `stream` in one, if they have at most `limit` bytes, and there is room for them. No more than `longest` bytes can come, and they have the time of
/// a body of so many.
async fn collect(mut stream: ByteStream, limit: usize, longest: usize) -> Result<Vec<u8>, Problem> {
    let time = Duration::from_millis(patience(longest).into());
    let ends = clock::now_ms() + clock::ms(time);
    let mut whole = Collected { bytes: Vec::new(), held: Held::body(0, time)?, limit, longest };
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(broken)?;
        if clock::now_ms() > ends {
            return Err(broken(StreamError::stalled()));
        }
        whole.take(&piece)?;
    }
    Ok(whole.bytes)
}

/// What has come of a body, counted before it is held.
struct Collected {
    bytes: Vec<u8>,
    held: Held,
    limit: usize,
    longest: usize,
}

impl Collected {
    fn take(&mut self, piece: &[u8]) -> Result<(), Problem> {
        /// By how much it grows at most.
        const STEP: usize = 1024 * 1024;
        let length = self.bytes.len() + piece.len();
        if length > self.limit {
            return Err(too_large(self.limit));
        }
        if length > self.bytes.capacity() {
            // Left to itself a Vec takes twice what is counted.
            let most = if length as u64 <= UNCOUNTED { UNCOUNTED as usize } else { length + STEP };
            let ample = (2 * length).min(most).clamp(length, self.longest.max(length));
            let room = if self.held.grow(ample as u64).is_ok() { ample } else { length };
            self.held.grow(room as u64)?;
            self.bytes.reserve_exact(room - self.bytes.len());
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::BODY_TOO_LARGE)
        .with_detail(format!("the body has more than the {limit} bytes that this route takes"))
}

pub(super) fn not_text() -> Problem {
    Problem::new(Kind::INVALID_BODY).with_detail("the body is not UTF-8 without a byte order mark")
}

/// What a client learns of a body that didn't come whole.
pub(super) fn broken(error: StreamError) -> Problem {
    if error == StreamError::stalled() {
        return Problem::new(Kind::REQUEST_TIMEOUT).with_detail(error.0);
    }
    Problem::new(Kind::INVALID_BODY).with_detail("the body can't be read: it was cut off, or read before")
}
