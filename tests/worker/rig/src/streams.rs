//! Responses that are made while they are sent.

use std::cell::Cell;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hashi::bridge::extract::{Path, Query};
use hashi::bridge::host_body::HostBody;
use hashi::bridge::multipart::Multipart;
use hashi::bridge::sse::{self, Event};
use hashi::bridge::stream::StreamError;
use hashi::bridge::{ByteStream, Context, Kind, Problem, Response};
use hashi::functions::artifacts::{Artifacts, R2};
use serde::Deserialize;
use worker::Delay;

use crate::death::Death;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
}

/// Counts the streams that are not dropped.
struct Life;

impl Life {
    fn begin() -> Life {
        LIVE.set(LIVE.get() + 1);
        Life
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

/// How many streams are not dropped.
pub fn live() -> String {
    LIVE.get().to_string()
}

#[derive(Deserialize)]
pub struct Pace {
    /// How many pieces; no end if left out.
    pieces: Option<usize>,
    /// How long to wait before each.
    ms: u64,
    /// How many bytes a piece has.
    #[serde(default)]
    bytes: usize,
}

/// The numbers from 0, each after a wait.
fn ticks(pace: &Pace) -> impl stream::Stream<Item = usize> + 'static {
    let wait = Duration::from_millis(pace.ms);
    let life = Life::begin();
    let ticks = stream::unfold((0, life), move |(at, life)| async move {
        Delay::from(wait).await;
        Some((at, (at + 1, life)))
    });
    ticks.take(pace.pieces.unwrap_or(usize::MAX))
}

/// Lines with numbers.
pub fn slow(Query(pace): Query<Pace>) -> Response {
    let bytes = pace.bytes;
    let pieces = ticks(&pace).map(move |at| {
        tracing::info!(at, "a piece");
        let mut line = format!("{at}\n").into_bytes();
        line.resize(line.len().max(bytes), b'.');
        Ok(line)
    });
    Response::stream("text/plain", ByteStream::new(pieces))
}

/// Events with numbers.
pub fn events(Query(pace): Query<Pace>) -> Response {
    sse::response(ticks(&pace).map(|at| Event { id: Some(at.to_string()), ..Event::data(format!("tick {at}")) }))
}

/// Sends some lines and dies in their middle.
pub fn die(Path(how): Path<Death>, Query(pace): Query<Pace>) -> Response {
    let last = pace.pieces.unwrap_or(3);
    let lines = ticks(&Pace { pieces: None, ..pace }).map(move |at| {
        if at == last {
            how.die();
        }
        Ok(format!("{at}\n").into_bytes())
    });
    Response::stream("text/plain", ByteStream::new(lines))
}

/// Sends some lines and then an error.
pub fn fail(Query(pace): Query<Pace>) -> Response {
    let lines = ticks(&pace).map(|at| Ok(format!("{at}\n").into_bytes()));
    let failed = stream::once(async { Err(StreamError("as asked".into())) });
    Response::stream("text/plain", ByteStream::new(lines.chain(failed)))
}

/// Stores the first part of a form while it comes in, and drops it again; the number of its bytes.
pub async fn stage(context: Context, mut parts: Multipart) -> Result<String, Problem> {
    let part = parts.next().await?.ok_or_else(|| Problem::new(Kind::INVALID_BODY))?;
    let life = Life::begin();
    let pieces = part.pieces().inspect(move |_| {
        let _alive = &life;
    });
    let stream = HostBody::of(ByteStream::new(pieces)).map_err(|_| Problem::new(Kind::INTERNAL))?;
    let bucket = R2::open(context.env())?;
    let staged = bucket.stage(stream, 1 << 24).await?;
    bucket.discard(&staged).await?;
    Ok(staged.size.to_string())
}
