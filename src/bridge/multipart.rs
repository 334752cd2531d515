//! Multipart bodies (RFC 7578), read part by part as they come in.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::{TryStreamExt, stream};
use worker::send::SendWrapper;

use super::extract::{ExtractBody, require_content_type};
use super::stream::StreamError;
use super::{ByteStream, Kind, Problem, Request, body};

/// How many bytes may come between two parts, which is what the headers of a part are: multer collects them until they end.
const HEADERS_LIMIT: usize = 16 * 1024;

/// A `multipart/form-data` body. Its parts come in order; what is not read of one is skipped for the next.
pub struct Multipart {
    parts: multer::Multipart<'static>,
    /// How many bytes came since the end of the last part; `None` while a part is read.
    between: Rc<Cell<Option<usize>>>,
    unread: Unread,
}

/// A part that was dropped, maybe before its end.
type Unread = Rc<RefCell<Option<multer::Field<'static>>>>;

/// One part of a multipart body.
pub struct Part {
    /// There until the part is dropped.
    field: Option<multer::Field<'static>>,
    unread: Unread,
}

impl Multipart {
    fn new(stream: ByteStream, boundary: String) -> Multipart {
        let between = Rc::default();
        // multer wants Send; a Worker has one thread.
        let chunks = Chunks(SendWrapper(Counted { stream, between: Rc::clone(&between), unseen: 0 }));
        Multipart { parts: multer::Multipart::new(chunks, boundary), between, unread: Rc::default() }
    }

    /// The next part, or `None` after the last; a problem if more than about 16 KiB of headers come before it.
    pub async fn next(&mut self) -> Result<Option<Part>, Problem> {
        let unread = self.unread.take();
        if let Some(mut field) = unread {
            while field.chunk().await.map_err(malformed)?.is_some() {}
        }
        self.between.set(Some(0));
        let field = self.parts.next_field().await;
        let came = self.between.take();
        let field = field.map_err(|error| match came {
            Some(came) if came > HEADERS_LIMIT => Problem::new(Kind::INVALID_BODY).with_detail(format!(
                "the headers of a part have more than the {HEADERS_LIMIT} bytes that they may have"
            )),
            _ => malformed(error),
        })?;
        Ok(field.map(|field| Part { field: Some(field), unread: self.unread.clone() }))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.unread.replace(self.field.take());
    }
}

impl Part {
    /// The form field's name.
    pub fn name(&self) -> Option<&str> {
        self.field.as_ref()?.name()
    }

    /// The file's name as the client gave it: a label, never a path.
    pub fn file_name(&self) -> Option<&str> {
        self.field.as_ref()?.file_name()
    }

    /// The part's content type.
    pub fn content_type(&self) -> Option<&str> {
        self.field.as_ref()?.content_type().map(AsRef::as_ref)
    }

    /// The next piece of the part, or `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let Some(field) = &mut self.field else { return Ok(None) };
        Ok(field.chunk().await.map_err(malformed)?.map(Vec::from))
    }

    /// The pieces of the part.
    pub fn pieces(self) -> ByteStream {
        ByteStream::new(stream::unfold(Some(self), |part| async {
            let mut part = part?;
            match part.chunk().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(part))),
                Ok(None) => None,
                Err(problem) => Some((Err(StreamError::from(&problem)), None)),
            }
        }))
    }

    /// The whole part, if it has at most `limit` bytes.
    pub async fn bytes(mut self, limit: usize) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > limit {
                return Err(body::too_large(limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl ExtractBody for Multipart {
    async fn extract_body(request: Request) -> Result<Self, Problem> {
        const WANTED: &str = "multipart/form-data";
        let content_type = require_content_type(&request, WANTED, |essence| essence == WANTED)?;
        let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
        Ok(Multipart::new(body::stream(&request)?, boundary))
    }
}

/// [`ByteStream`] with the `Send` that multer asks for. Between two parts it counts, and gives one piece at a time: multer takes all
/// that it can get before it looks at any of it.
struct Chunks(SendWrapper<Counted>);

struct Counted {
    stream: ByteStream,
    between: Rc<Cell<Option<usize>>>,
    /// How often multer may ask again before it has looked at what it got: it asks up to twice a look.
    unseen: u8,
}

impl futures_util::Stream for Chunks {
    type Item = Result<Vec<u8>, StreamError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Counted { stream, between, unseen } = &mut *self.0;
        let Some(came) = between.get() else { return stream.try_poll_next_unpin(context) };
        if *unseen > 0 {
            *unseen -= 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if came > HEADERS_LIMIT {
            return Poll::Ready(Some(Err(StreamError("too long a head".to_owned()))));
        }
        let next = stream.try_poll_next_unpin(context);
        if let Poll::Ready(Some(Ok(piece))) = &next {
            between.set(Some(came + piece.len()));
            *unseen = 2;
        }
        next
    }
}

fn malformed(error: multer::Error) -> Problem {
    if let multer::Error::StreamReadFailed(inner) = &error
        && inner.downcast_ref() == Some(&StreamError::stalled())
    {
        return body::broken(StreamError::stalled());
    }
    Problem::new(Kind::INVALID_BODY).with_detail(format!("the multipart body can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::Method;
    use std::pin::pin;
    use std::task::Waker;

    fn request(content_type: &str, body: &str) -> Request {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Request::made(Method::Post, "http://h/", headers, body.as_bytes().to_vec())
    }

    fn now<T>(future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        let ready = (0..1_000_000).find_map(|_| match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        });
        ready.expect("a body made of values is there after some polls")
    }

    fn in_pieces(bytes: &[u8], size: usize) -> Multipart {
        let pieces: Vec<_> = bytes.chunks(size).map(|piece| Ok(piece.to_vec())).collect();
        Multipart::new(ByteStream::new(stream::iter(pieces)), "b".into())
    }

    #[test]
    fn parts_come_in_order_with_names_and_types() {
        let text = "--b\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--b\r\ncontent-disposition: form-data; \
                    name=\"file\"; filename=\"a.wasm\"\r\ncontent-type: application/wasm\r\n\r\n\0asm\r\n--b--\r\n";
        let mut parts =
            now(Multipart::extract_body(request("multipart/form-data; boundary=b", text))).expect("well-formed");
        let note = now(parts.next()).expect("readable").expect("a first part");
        assert_eq!(note.name(), Some("note"));
        assert_eq!(now(note.bytes(10)), Ok(b"hi".to_vec()));
        let file = now(parts.next()).expect("readable").expect("a second part");
        assert_eq!((file.file_name(), file.content_type()), (Some("a.wasm"), Some("application/wasm")));
        assert_eq!(now(file.bytes(3)).expect_err("4 bytes are too many").kind(), Kind::BODY_TOO_LARGE);
    }

    #[test]
    fn a_body_that_is_cut_off_is_refused() {
        let text = "--b\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhi";
        let mut parts =
            now(Multipart::extract_body(request("multipart/form-data; boundary=b", text))).expect("a boundary");
        let part = now(parts.next()).expect("the head is there").expect("a part");
        assert_eq!(now(part.bytes(10)).expect_err("no end").kind(), Kind::INVALID_BODY);
    }

    #[test]
    fn what_is_not_read_of_a_part_is_skipped_however_long_it_is() {
        let text = format!(
            "--b\r\ncontent-disposition: form-data; name=\"skipped\"\r\n\r\n{}\r\n--b\r\ncontent-disposition: form-data; \
             name=\"read\"\r\n\r\nhi\r\n--b--\r\n",
            "x".repeat(100_000)
        );
        for size in [1, 100, 1 << 20] {
            let mut parts = in_pieces(text.as_bytes(), size);
            let skipped = now(parts.next()).expect("readable");
            assert_eq!(skipped.expect("a first part").name(), Some("skipped"));
            let read = now(parts.next()).expect("readable");
            let read = read.expect("a second part");
            assert_eq!(read.name(), Some("read"), "pieces of {size}");
            assert_eq!(now(read.bytes(10)), Ok(b"hi".to_vec()), "pieces of {size}");
        }
    }

    #[test]
    fn headers_that_do_not_end_are_refused_before_they_are_collected() {
        let head = b"--b\r\nx: ";
        for preamble in [&b"no boundary"[..], head] {
            let came = Rc::new(Cell::new(0));
            let counter = came.clone();
            let pieces = std::iter::once(preamble.to_vec()).chain(std::iter::repeat(vec![b'y'; 1000]));
            let stream = stream::iter(pieces.inspect(move |piece| counter.set(counter.get() + piece.len())).map(Ok));
            let mut parts = Multipart::new(ByteStream::new(stream), "b".into());
            let refused = now(parts.next()).err().expect("no part begins");
            assert_eq!(refused.kind(), Kind::INVALID_BODY);
            assert!(refused.detail().is_some_and(|detail| detail.contains("16384 bytes")), "{refused:?}");
            assert!(came.get() < 2 * HEADERS_LIMIT, "{} bytes were taken", came.get());
        }
        // One byte at first, and then all at once: what was not looked at is no reason to refuse.
        let rest = format!("-b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n{}\r\n--b--", "z".repeat(100_000));
        let stream = stream::iter([Ok(b"-".to_vec()), Ok(rest.into_bytes())]);
        let mut parts = Multipart::new(ByteStream::new(stream), "b".into());
        let part = now(parts.next()).expect("readable").expect("a part");
        assert_eq!(now(part.bytes(200_000)).map(|bytes| bytes.len()), Ok(100_000));
    }

    #[test]
    fn another_content_type_is_refused() {
        let refused = now(Multipart::extract_body(request("text/plain", ""))).err().expect("no multipart");
        assert_eq!(refused.kind(), Kind::UNSUPPORTED_MEDIA_TYPE);
        let refused = now(Multipart::extract_body(request("multipart/form-data", ""))).err().expect("no boundary");
        assert_eq!(refused.kind(), Kind::INVALID_BODY);
    }
}
