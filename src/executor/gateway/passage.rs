//! A request of a guest on its way out: decided, sent, and followed hop by hop.

use std::mem;
use std::time::Duration;

use worker::Env;

use super::gate::{Gate, Refused};
use super::headers;
use super::loopback::LoopbackOrigins;
use super::redirect::{Hop, HopBody};
use crate::bridge::fetch::{self, FetchError, Inbound};
use crate::bridge::held::{Held, NoRoom};
use crate::bridge::host_body::HostBody;
use crate::bridge::{Body, Outbound, Request, Response, clock};
use crate::functions::Permissions;

/// What glue and gateway tell each other: the glue
/// `{requests that the call has sent} {milliseconds that it may take} {bytes of its body} {address, percent-encoded}`;
/// the gateway `ok {requests}`, or a case of `http-error`, the requests, and the reason, percent-encoded.
///
/// The glue in the isolate drops this header from what a guest sends, and the gateway writes over whatever an upstream sends. That the glue counts and not
/// the gateway is docs/decisions/0055-a-gateway-without-memory.md.
pub const HEADER: &str = "x-hashi-outbound";

/// The setting that opens loopback origins in development.
pub const LOOPBACK: &str = "GATEWAY_LOOPBACK_ORIGINS";

/// How long a body may still be held once the request's time is over.
const GRACE: Duration = Duration::from_secs(10);

/// What the glue asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    passed: u32,
    ms: u32,
    length: u64,
    url: String,
}

/// Why there is no answer.
#[derive(Debug)]
enum NoAnswer {
    Refused(Refused),
    Failed(FetchError),
    /// Its body would be too much beside what other requests hold.
    NoRoom(NoRoom),
    /// Nobody but the glue sends requests here.
    Stranger,
    /// The permissions in the props can't be read.
    Props,
}

impl NoAnswer {
    /// The case of `http-error`, and what the function's log says.
    fn told(&self) -> (&'static str, String) {
        match self {
            NoAnswer::Refused(refused) => (refused.http_error(), refused.to_string()),
            NoAnswer::Failed(FetchError::Timeout) => ("timeout", "no answer within the request's time".to_owned()),
            NoAnswer::Failed(FetchError::Unresolved) => ("dns-error", "the host's name has no address".to_owned()),
            NoAnswer::Failed(FetchError::Insecure) => ("tls-error", "the connection can't be made secure".to_owned()),
            NoAnswer::Failed(_) => ("connection-failed", "no connection, or it broke off".to_owned()),
            NoAnswer::NoRoom(_) => {
                ("connection-failed", "not sent: requests under way hold as many bytes as there is room for".to_owned())
            }
            NoAnswer::Stranger | NoAnswer::Props => ("other", "the platform can't read the request".to_owned()),
        }
    }
}

/// Sends a guest's request if `permissions`, the JSON text in the gateway's props, allow it, and gives the answer or the refusal back to the glue.
pub async fn pass(request: Request, env: Env, permissions: String) -> Response {
    let mut passed = 0;
    match sent(&request, &env, &permissions, &mut passed).await {
        Ok(answer) => {
            let status = answer.status();
            Response::new(status, Body::Answer(answer)).with_header(HEADER, format!("ok {passed}"))
        }
        Err(no) => {
            let (case, reason) = no.told();
            let reason = escaped(&reason);
            Response::new(200, Body::Empty).with_header(HEADER, format!("{case} {passed} {reason}"))
        }
    }
}

async fn sent(request: &Request, env: &Env, permissions: &str, passed: &mut u32) -> Result<Inbound, NoAnswer> {
    let asked = request.header(HEADER).as_deref().and_then(Asked::parse).ok_or(NoAnswer::Stranger)?;
    *passed = asked.passed;
    let ends = clock::now_ms() + f64::from(asked.ms);
    let permissions: Permissions = serde_json::from_str(permissions).map_err(|error| {
        tracing::error!(%error, "a gateway's props can't be read");
        NoAnswer::Props
    })?;
    let loopback = loopback(env);
    let mut gate = Gate::new(&permissions, &loopback).with_passed(asked.passed);
    let admitted = gate.admit(&asked.url);
    *passed = gate.passed();
    let to = admitted.map_err(NoAnswer::Refused)?;
    let longest = Duration::from_millis(asked.ms.into()) + GRACE;
    let _held = Held::body(asked.length, longest).map_err(NoAnswer::NoRoom)?;
    let body = request.whole_body().await.map_err(|_| NoAnswer::Failed(FetchError::Unreachable))?;
    let kind = if body.is_some() { HopBody::Whole } else { HopBody::None };
    let headers = headers::outgoing(&request.headers());
    let mut hop = Hop { to, method: request.method(), headers, body: kind, redirects: 0 };
    loop {
        let answer = send(&mut hop, body.as_ref(), ends).await.map_err(NoAnswer::Failed)?;
        let next = hop.next(&mut gate, answer.status(), answer.header("location").as_deref());
        *passed = gate.passed();
        let next = match next {
            Ok(None) => return Ok(answer),
            Ok(Some(next)) => Ok(next),
            Err(refused) => Err(NoAnswer::Refused(refused)),
        };
        // Nobody reads the body of a redirect: left alone, its connection is held as long as the request takes.
        answer.leave().await;
        hop = next?;
    }
}

/// Sends a hop, whose headers it has again afterwards.
async fn send(hop: &mut Hop, body: Option<&HostBody>, ends: f64) -> Result<Inbound, FetchError> {
    let url = hop.to.target().url();
    let outbound = Outbound { method: hop.method, url, headers: mem::take(&mut hop.headers), body: None };
    let body = body.filter(|_| hop.body != HopBody::None).cloned();
    // The glue bounds the time and the length of the answer's body.
    let left = u32::try_from(clock::until(ends).as_millis()).unwrap_or(u32::MAX);
    let answer = fetch::send_stream(&outbound, body, None, left).await;
    hop.headers = outbound.headers;
    answer
}

fn loopback(env: &Env) -> LoopbackOrigins {
    let Ok(list) = env.var(LOOPBACK) else { return LoopbackOrigins::default() };
    LoopbackOrigins::parse(&list.to_string()).unwrap_or_else(|error| {
        tracing::error!(%error, "{LOOPBACK} can't be used; no loopback origin is open");
        LoopbackOrigins::default()
    })
}

impl Asked {
    fn parse(line: &str) -> Option<Asked> {
        let mut words = line.splitn(4, ' ');
        let (passed, ms) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let length = words.next()?.parse().ok()?;
        Some(Asked { passed, ms, length, url: unescaped(words.next()?)? })
    }
}

/// Undoes encodeURIComponent.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        if first == b'%' {
            let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Does what decodeURIComponent undoes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            escaped.push(byte.into());
        } else {
            escaped.push('%');
            for digit in [byte >> 4, byte & 15] {
                escaped.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_glue_asks_is_read_as_the_guest_wrote_it() {
        let asked = Asked::parse("3 4999 7 http%3A%2F%2Fa.example%5C%40b%2F%C3%BC").expect("asked");
        assert_eq!(asked, Asked { passed: 3, ms: 4999, length: 7, url: "http://a.example\\@b/ü".into() });
        for wrong in [
            "",
            "3",
            "3 5",
            "3 5 a",
            "x 5 0 a",
            "3 -5 0 a",
            "3 5 -1 a",
            "3 5 0 %",
            "3 5 0 %2",
            "3 5 0 %zz",
            "3 5 0 %ff",
        ] {
            assert_eq!(Asked::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_reason_survives_a_header() {
        for reason in ["a b", "ü is 10.0.0.1\n", "100% \"x\""] {
            assert_eq!(unescaped(&escaped(reason)).as_deref(), Some(reason));
            assert!(escaped(reason).bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    #[test]
    fn every_failure_is_a_case_of_http_error() {
        for (no, case) in [
            (NoAnswer::Refused(Refused::Disabled), "permission-denied"),
            (NoAnswer::Failed(FetchError::Timeout), "timeout"),
            (NoAnswer::Failed(FetchError::Unresolved), "dns-error"),
            (NoAnswer::Failed(FetchError::Insecure), "tls-error"),
            (NoAnswer::Failed(FetchError::Unreachable), "connection-failed"),
            (NoAnswer::NoRoom(NoRoom), "connection-failed"),
            (NoAnswer::Stranger, "other"),
        ] {
            assert_eq!(no.told().0, case);
        }
    }
}
