//! Extractors: what a handler can ask for, read from the request when it is called.

use std::future::Future;
use std::rc::Rc;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::body::{self, BodyText};
use super::handler::Call;
use super::json::is_plain_json;
use super::pairs;
use super::{Context, IntoResponse, Kind, Method, Problem, Request, Response};

/// How many bytes of a body an extractor reads if nothing else is said.
pub const DEFAULT_LIMIT: usize = 1024 * 1024;

/// Something that a request gives without its body.
pub trait Extract<S>: Sized {
    /// Reads it, or says why the request doesn't have it.
    fn extract(call: &Call<'_, S>) -> Result<Self, Problem>;
}

/// Something that is made of a request's body; a handler's last argument.
pub trait ExtractBody: Sized {
    /// Reads it, or says what is wrong with the body.
    fn extract_body(request: Request) -> impl Future<Output = Result<Self, Problem>> + 'static;
}

/// The path's parameters: one as a `T`, several as a tuple, or by name as a struct.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

/// The query as a serde type; repeated names make a sequence.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

/// What the whole application shares.
#[derive(Debug)]
pub struct State<S>(pub Rc<S>);

/// A JSON body of at most `LIMIT` bytes as a serde type; as a return value, an `application/json` response.
#[derive(Clone, Debug)]
pub struct Json<T, const LIMIT: usize = DEFAULT_LIMIT>(pub T);

/// A JSON body of at most `LIMIT` bytes that is validated and kept byte for byte; as a return value, an `application/json` response with
/// the very text that the host has.
///
/// What is not UTF-8 is refused, but for one case that the host hides: a character of four bytes whose last is missing comes as U+FFFD, which is
/// as long, and goes back as that.
#[derive(Clone, Debug)]
pub struct RawJson<const LIMIT: usize = DEFAULT_LIMIT>(BodyText);

impl<const LIMIT: usize> RawJson<LIMIT> {
    /// The JSON text.
    pub fn text(&self) -> &str {
        self.0.text()
    }
}

impl<const LIMIT: usize> IntoResponse for RawJson<LIMIT> {
    fn into_response(self) -> Result<Response, Problem> {
        Ok(Response::new(200, self.0.into_body()).with_header("content-type", "application/json"))
    }
}

/// A body of at most `LIMIT` bytes.
#[derive(Clone, Debug)]
pub struct Bytes<const LIMIT: usize = DEFAULT_LIMIT>(pub Vec<u8>);

/// A body of at most `LIMIT` bytes that is UTF-8 without a byte order mark.
#[derive(Clone, Debug)]
pub struct Text<const LIMIT: usize = DEFAULT_LIMIT>(pub String);

impl<S, T: DeserializeOwned> Extract<S> for Path<T> {
    fn extract(call: &Call<'_, S>) -> Result<Self, Problem> {
        Ok(Path(pairs::decode_path(call.params)?))
    }
}

impl<S, T: DeserializeOwned> Extract<S> for Query<T> {
    fn extract(call: &Call<'_, S>) -> Result<Self, Problem> {
        Ok(Query(pairs::decode(&pairs::parse(call.request.query())?)?))
    }
}

impl<S> Extract<S> for State<S> {
    fn extract(call: &Call<'_, S>) -> Result<Self, Problem> {
        Ok(State(call.state.clone()))
    }
}

impl<S> Extract<S> for Context {
    fn extract(call: &Call<'_, S>) -> Result<Self, Problem> {
        Ok(call.context.clone())
    }
}

impl<S> Extract<S> for Request {
    fn extract(call: &Call<'_, S>) -> Result<Self, Problem> {
        Ok(call.request.clone())
    }
}

impl<S> Extract<S> for Method {
    fn extract(call: &Call<'_, S>) -> Result<Self, Problem> {
        Ok(call.request.method())
    }
}

impl<T: DeserializeOwned + 'static, const LIMIT: usize> ExtractBody for Json<T, LIMIT> {
    async fn extract_body(request: Request) -> Result<Self, Problem> {
        require_json(&request)?;
        let body = body::read_text(&request, LIMIT).await?;
        serde_json::from_str(body.text()).map(Json).map_err(not_json)
    }
}

impl<const LIMIT: usize> ExtractBody for RawJson<LIMIT> {
    async fn extract_body(request: Request) -> Result<Self, Problem> {
        require_json(&request)?;
        let body = body::read_text(&request, LIMIT).await?;
        if !is_plain_json(body.as_bytes()) {
            // IgnoredAny walks the syntax only, and says what is wrong and where.
            serde_json::from_str::<IgnoredAny>(body.text()).map_err(not_json)?;
        }
        Ok(RawJson(body))
    }
}

impl<const LIMIT: usize> ExtractBody for Bytes<LIMIT> {
    async fn extract_body(request: Request) -> Result<Self, Problem> {
        body::read(&request, LIMIT).await.map(Bytes)
    }
}

impl<const LIMIT: usize> ExtractBody for Text<LIMIT> {
    async fn extract_body(request: Request) -> Result<Self, Problem> {
        body::read_text(&request, LIMIT).await.map(|body| Text(body.into_string()))
    }
}

pub(super) fn require_json(request: &Request) -> Result<(), Problem> {
    require_content_type(request, "application/json", |essence| {
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
    })
    .map(drop)
}

fn not_json(error: serde_json::Error) -> Problem {
    Problem::new(Kind::INVALID_BODY).with_detail(format!("the body is not the JSON that is wanted: {error}"))
}

/// Refuses a request whose content type, without its parameters and in lower case, `accepts` doesn't take.
pub(super) fn require_content_type(
    request: &Request,
    wanted: &'static str,
    accepts: impl Fn(&str) -> bool,
) -> Result<String, Problem> {
    let given = request.header("content-type").unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if accepts(&essence) {
        return Ok(given);
    }
    let given = if given.is_empty() { "none".to_owned() } else { format!("{given:?}") };
    Err(Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE).with_detail(format!("content-type: expected {wanted}, got {given}")))
}
