//! Middleware: what happens before and after every handler of a table.

use super::clock;
use super::{Context, Method, Request, Response};

/// Something that sees every request before its handler and every response after it.
///
/// Both steps are synchronous, so a layer never costs a synchronous handler a promise. Layers run in the order in which they were added
/// on the way in, and in reverse on the way out; all of them see every response, those to unknown paths and refused requests too.
pub trait Layer: 'static {
    /// Answers in the handler's place, or lets the request pass.
    fn before(&self, request: &Request, context: &Context) -> Option<Response> {
        let _ = (request, context);
        None
    }

    /// Changes the response on its way out.
    fn after(&self, request: &Request, context: &Context, response: &mut Response) {
        let _ = (request, context, response);
    }
}

/// Puts the request's id into `x-request-id`.
pub struct RequestIds;

impl Layer for RequestIds {
    fn after(&self, _: &Request, context: &Context, response: &mut Response) {
        response.request_id = Some(context.request_id().clone());
    }
}

/// Puts the time from the request to its response into `Server-Timing`, in milliseconds of the host's clock.
pub struct Timing;

impl Layer for Timing {
    fn after(&self, _: &Request, context: &Context, response: &mut Response) {
        let elapsed = clock::now_ms() - context.started_ms();
        response.headers.append("server-timing", format!("total;dur={elapsed:.1}"));
    }
}

/// Logs a line for each request at the level `info`, for those that the server failed at `error`.
pub struct AccessLog;

impl Layer for AccessLog {
    fn after(&self, request: &Request, context: &Context, response: &mut Response) {
        let (method, path, status) = (request.method_name(), request.path(), response.status);
        if status < 500 && !tracing::enabled!(target: "access", tracing::Level::INFO) {
            return;
        }
        let ms = clock::now_ms() - context.started_ms();
        if status >= 500 {
            tracing::error!(target: "access", method, path, status, ms, "request");
        } else {
            tracing::info!(target: "access", method, path, status, ms, "request");
        }
    }
}

/// Cross-origin resource sharing (WHATWG Fetch section 3.2) for an API that authenticates by token, never by cookie: every origin may
/// read, and credentials are never allowed.
pub struct Cors {
    /// The response headers that a script may read, comma-separated.
    pub expose: &'static str,
    /// How long a browser may remember the answer to a preflight, in seconds.
    pub max_age: &'static str,
}

impl Layer for Cors {
    fn after(&self, request: &Request, _: &Context, response: &mut Response) {
        response.headers.set("access-control-allow-origin", "*");
        if request.method() == Method::Options && request.header("access-control-request-method").is_some() {
            if let Some(allow) = response.headers.get("allow").map(str::to_owned) {
                response.headers.set("access-control-allow-methods", allow);
            }
            if let Some(wanted) = request.header("access-control-request-headers") {
                response.headers.set("access-control-allow-headers", wanted);
                response.headers.vary("access-control-request-headers");
            }
            response.headers.set("access-control-max-age", self.max_age);
        } else {
            response.headers.set("access-control-expose-headers", self.expose);
        }
    }
}
