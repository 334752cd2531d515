//! Streams of bytes.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::{self, LocalBoxStream, StreamExt};
use thiserror::Error;

use super::{Kind, Problem, clock};

/// A stream broke off. What the host said of it goes to the log, not to a client.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the stream broke off: {0}")]
pub struct StreamError(pub String);

impl From<&Problem> for StreamError {
    fn from(problem: &Problem) -> StreamError {
        if problem.kind() == Kind::REQUEST_TIMEOUT {
            return StreamError::stalled();
        }
        StreamError(problem.detail().unwrap_or_default().to_owned())
    }
}

impl StreamError {
    /// A client's body stopped coming.
    pub fn stalled() -> StreamError {
        StreamError("the client sent nothing more of its body in time".to_owned())
    }
}

/// Bytes in pieces, as they come.
pub struct ByteStream(LocalBoxStream<'static, Result<Vec<u8>, StreamError>>);

impl ByteStream {
    /// The pieces that `stream` gives.
    pub fn new(stream: impl Stream<Item = Result<Vec<u8>, StreamError>> + 'static) -> ByteStream {
        ByteStream(stream.boxed_local())
    }

    /// The same, broken off by [`StreamError::stalled`] where the next piece doesn't come within `limit`.
    pub fn patient(self, limit: Duration) -> ByteStream {
        ByteStream::new(stream::unfold(Some(self), move |stream| async move {
            let mut stream = stream?;
            match clock::within(limit, stream.next()).await {
                Some(piece) => piece.map(|piece| (piece, Some(stream))),
                None => Some((Err(StreamError::stalled()), None)),
            }
        }))
    }

    /// The same, which holds `held` until it is over or dropped.
    pub fn holding<T: 'static>(self, held: T) -> ByteStream {
        ByteStream::new(self.inspect(move |_| {
            let _ = &held;
        }))
    }

    /// One piece; none if it is empty.
    pub fn once(bytes: Vec<u8>) -> ByteStream {
        ByteStream::new(stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
    }
}

impl Stream for ByteStream {
    type Item = Result<Vec<u8>, StreamError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream")
    }
}
