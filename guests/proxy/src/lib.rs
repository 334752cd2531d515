//! An `http-handler` that passes a request on to the address in its query parameter `to`, and the answer back.

mod percent;

wit_bindgen::generate!({ path: "../../wit", world: "http-handler" });

use edge::runtime::http_outbound::fetch;
use edge::runtime::http_types::HttpError;
use edge::runtime::logging;

struct Proxy;

impl Guest for Proxy {
    fn handle(request: Request) -> Result<Response, String> {
        let query = request.uri.split_once('?').map_or("", |(_, query)| query);
        let to = query.split('&').find_map(|pair| pair.strip_prefix("to="));
        let Some(address) = to.and_then(percent::decode).filter(|address| !address.is_empty()) else {
            return Ok(text(400, "name the address in the query: /?to=https%3A%2F%2Fexample.com%2F\n"));
        };
        // What the client sent, to another address; the platform replaces what is its own, such as `host`.
        Ok(fetch(&Request { uri: address.clone(), ..request }).unwrap_or_else(|error| {
            logging::warn(&format!("{address}: {error}"));
            text(status(error), &format!("{error}\n"))
        }))
    }
}

/// What a client is told when there is no answer to pass back.
fn status(error: HttpError) -> u16 {
    match error {
        HttpError::PermissionDenied => 403,
        HttpError::RateLimited => 429,
        HttpError::Timeout => 504,
        _ => 502,
    }
}

fn text(status: u16, body: &str) -> Response {
    let headers = vec![("content-type".into(), "text/plain; charset=utf-8".into())];
    Response { status, headers, body: body.into() }
}

export!(Proxy);
