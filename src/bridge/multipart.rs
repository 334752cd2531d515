//! Multipart bodies (RFC 7578), read part by part as they come in.

use futures_util::TryStreamExt;
use worker::send::SendWrapper;

use super::extract::{ExtractBody, require_content_type};
use super::{Kind, Problem, Request, body};

/// A `multipart/form-data` body. Its parts come in order; each has to be read before the next.
pub struct Multipart(multer::Multipart<'static>);

/// One part of a multipart body.
pub struct Part(multer::Field<'static>);

impl Multipart {
    /// The next part, or `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Part>, Problem> {
        Ok(self.0.next_field().await.map_err(malformed)?.map(Part))
    }
}

impl Part {
    /// The form field's name.
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// The file's name as the client gave it: a label, never a path.
    pub fn file_name(&self) -> Option<&str> {
        self.0.file_name()
    }

    /// The part's content type.
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type().map(AsRef::as_ref)
    }

    /// The next piece of the part, or `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        Ok(self.0.chunk().await.map_err(malformed)?.map(Vec::from))
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
        // multer wants Send; a Worker has one thread.
        let stream = SendWrapper(body::stream(&request)?);
        Ok(Multipart(multer::Multipart::new(Chunks(stream), boundary)))
    }
}

/// [`super::ByteStream`] with the `Send` that multer asks for.
struct Chunks(SendWrapper<super::ByteStream>);

impl futures_util::Stream for Chunks {
    type Item = Result<Vec<u8>, super::stream::StreamError>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.0.try_poll_next_unpin(context)
    }
}

fn malformed(error: multer::Error) -> Problem {
    Problem::new(Kind::INVALID_BODY).with_detail(format!("the multipart body can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::Method;
    use futures_util::FutureExt;

    fn request(content_type: &str, body: &str) -> Request {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Request::made(Method::Post, "http://h/", headers, body.as_bytes().to_vec())
    }

    fn now<T>(future: impl Future<Output = T>) -> T {
        future.now_or_never().expect("a body made of values is there at once")
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
    fn another_content_type_is_refused() {
        let refused = now(Multipart::extract_body(request("text/plain", ""))).err().expect("no multipart");
        assert_eq!(refused.kind(), Kind::UNSUPPORTED_MEDIA_TYPE);
        let refused = now(Multipart::extract_body(request("multipart/form-data", ""))).err().expect("no boundary");
        assert_eq!(refused.kind(), Kind::INVALID_BODY);
    }
}
