//! Responses, before the host sees them.

use std::borrow::Cow;

use serde::Serialize;

use super::extract::Json;
use super::fetch::Inbound;
use super::host_body::HostBody;
use super::{ByteStream, Headers, Kind, Problem, RequestId};

/// What a response carries.
#[derive(Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// Text, sent as UTF-8.
    Text(Cow<'static, str>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Bytes that are made while they are sent.
    Stream(ByteStream),
    /// A body that stays on the host's side and never enters our memory.
    Host(HostBody),
    /// The body and the headers of an answer, with those of the response on top.
    Answer(Inbound),
}

/// A response: plain values until the edge hands it to the host.
#[derive(Debug, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The request's id, sent as `x-request-id`; apart from the headers because the host can write it itself.
    pub request_id: Option<RequestId>,
    /// The body.
    pub body: Body,
}

impl Response {
    /// A response without headers.
    pub const fn new(status: u16, body: Body) -> Response {
        Response { status, headers: Headers::new(), request_id: None, body }
    }

    /// 204 without a body.
    pub const fn no_content() -> Response {
        Response::new(204, Body::Empty)
    }

    /// Text as `text/plain; charset=utf-8`.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Response {
        Response::new(200, Body::Text(text.into())).with_header("content-type", "text/plain; charset=utf-8")
    }

    /// A page as `text/html; charset=utf-8`.
    pub fn html(page: impl Into<Cow<'static, str>>) -> Response {
        Response::new(200, Body::Text(page.into())).with_header("content-type", "text/html; charset=utf-8")
    }

    /// Bytes of a content type.
    pub fn bytes(content_type: impl Into<Cow<'static, str>>, bytes: Vec<u8>) -> Response {
        Response::new(200, Body::Bytes(bytes)).with_header("content-type", content_type)
    }

    /// A value as `application/json`; a value that can't be serialized is an [`Kind::INTERNAL`] problem.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Response, Problem> {
        match serde_json::to_string(value) {
            Ok(text) => Ok(Response::new(200, Body::Text(text.into())).with_header("content-type", "application/json")),
            Err(error) => {
                tracing::error!(%error, "a response can't be serialized");
                Err(Problem::new(Kind::INTERNAL))
            }
        }
    }

    /// A stream of a content type.
    pub fn stream(content_type: impl Into<Cow<'static, str>>, stream: ByteStream) -> Response {
        Response::new(200, Body::Stream(stream)).with_header("content-type", content_type)
    }

    /// A redirect: `status` is 301, 302, 303, 307 or 308.
    pub fn redirect(status: u16, location: impl Into<Cow<'static, str>>) -> Response {
        Response::new(status, Body::Empty).with_header("location", location)
    }

    /// The same with a header, which replaces one of this name.
    pub fn with_header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Response {
        self.headers.set(name, value);
        self
    }

    /// The same with another status.
    pub const fn with_status(mut self, status: u16) -> Response {
        self.status = status;
        self
    }

    /// The same without its body, as `HEAD` wants it; the headers, a known length among them, stay.
    pub(super) fn without_body(mut self) -> Response {
        let length = match &self.body {
            Body::Text(text) => Some(text.len()),
            Body::Bytes(bytes) => Some(bytes.len()),
            Body::Empty | Body::Stream(_) | Body::Host(_) | Body::Answer(_) => None,
        };
        if let Some(length) = length {
            self.headers.set("content-length", length.to_string());
        }
        self.body = Body::Empty;
        self
    }
}

/// What a handler may return.
pub trait IntoResponse {
    /// Makes the response, or the problem that takes its place.
    fn into_response(self) -> Result<Response, Problem>;
}

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(self)
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(Response::no_content())
    }
}

impl IntoResponse for &'static str {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(Response::text(self))
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(Response::text(self))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Result<Response, Problem> {
        Response::json(&self.0)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Result<Response, Problem> {
        Err(self)
    }
}

impl<T: IntoResponse, E: Into<Problem>> IntoResponse for Result<T, E> {
    fn into_response(self) -> Result<Response, Problem> {
        self.map_err(Into::into)?.into_response()
    }
}
