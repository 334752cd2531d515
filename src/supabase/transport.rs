//! Queries on their way to Supabase and back: deadline, retries, and what a client may learn of a failure.

use std::time::Duration;

use crate::bridge::fetch::{self, FetchError};
use crate::bridge::{Kind, Method, Outbound, Problem, clock};

use super::rest::retry::{Failure, Policy, retry_after};
use super::rest::{Error, Reply};

/// The most bytes of an answer that are read into memory.
const MAX_REPLY: usize = 8 * 1024 * 1024;

/// How queries are sent.
#[derive(Clone, Copy, Debug)]
pub struct Transport {
    /// How long a query may take in all: every attempt, the waits between them, and the body.
    pub deadline_ms: u32,
    /// When a query is sent again.
    pub retry: Policy,
}

/// An answer, whole.
pub struct Answer {
    status: u16,
    /// The one header that a query reads.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer without the headers that a count is read from.
    pub fn new(status: u16, body: Vec<u8>) -> Answer {
        Answer { status, headers: Vec::new(), body }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The answer as [`Expected`](super::rest::Expected) reads it.
    pub fn reply(&self) -> Reply<'_> {
        Reply { status: self.status, headers: &self.headers, body: &self.body }
    }
}

impl Transport {
    /// Sends a query until it is answered, refused, or out of time. Only reads are ever sent twice.
    ///
    /// # Errors
    /// [`Error::Timeout`] or [`Error::Unreachable`]; what Supabase answers, whatever its status, is for the caller to read.
    pub async fn send(&self, outbound: &Outbound) -> Result<Answer, Error> {
        self.send_as(outbound, outbound.method).await
    }

    /// The same for a call of a function that only reads, whatever its method is.
    ///
    /// # Errors
    /// As [`send`](Transport::send).
    pub async fn send_read(&self, outbound: &Outbound) -> Result<Answer, Error> {
        self.send_as(outbound, Method::Get).await
    }

    async fn send_as(&self, outbound: &Outbound, method: Method) -> Result<Answer, Error> {
        let end = clock::now_ms() + f64::from(self.deadline_ms);
        let timeout = || Error::Timeout { after: Duration::from_millis(self.deadline_ms.into()) };
        for attempt in 1.. {
            let left = end - clock::now_ms();
            if left < 1.0 {
                break;
            }
            let outcome = self.attempt(outbound, left as u32).await;
            let (failure, error) = match outcome {
                Ok((answer, after)) => (Failure::Status { status: answer.status, retry_after: after }, Ok(answer)),
                Err(FetchError::Timeout) => return Err(timeout()),
                Err(FetchError::TooLarge { .. }) => return Err(too_large()),
                Err(_) => (Failure::Connection, Err(Error::Unreachable)),
            };
            let wait = self.retry.wait(method, failure, attempt, clock::random());
            match wait {
                Some(wait) if clock::now_ms() + clock::ms(wait) < end => {
                    tracing::warn!(attempt, ?failure, "Supabase is asked again");
                    clock::sleep(wait).await;
                }
                _ => return error,
            }
        }
        Err(timeout())
    }

    async fn attempt(&self, outbound: &Outbound, left_ms: u32) -> Result<(Answer, Option<Duration>), FetchError> {
        let inbound = fetch::send(outbound, left_ms).await?;
        let status = inbound.status();
        let header = |name: &str| inbound.header(name).map(|value| (name.to_owned(), value));
        let counted = outbound.headers.iter().any(|(name, value)| name == "prefer" && value.contains("count="));
        let headers = counted.then(|| header("content-range")).flatten().into_iter().collect();
        let after = (status >= 400).then(|| inbound.header("retry-after")).flatten();
        let body = inbound.bytes(MAX_REPLY).await?;
        let body = if status >= 400 { without_keys(body, &outbound.headers) } else { body };
        Ok((Answer { status, headers, body }, after.as_deref().and_then(retry_after)))
    }
}

/// An error's body without what the request proved itself by: what an upstream says of a key is logged, and may repeat it.
fn without_keys(body: Vec<u8>, headers: &[(String, String)]) -> Vec<u8> {
    let Ok(mut text) = String::from_utf8(body) else { return Vec::new() };
    for (name, value) in headers {
        let key = value.strip_prefix("Bearer ").unwrap_or(value);
        if (name == "apikey" || name == "authorization") && !key.is_empty() && text.contains(key) {
            text = text.replace(key, "[key]");
        }
    }
    text.into_bytes()
}

fn too_large() -> Error {
    Error::Malformed { status: 200, reason: "the body is larger than any answer should be", position: (0, 0) }
}

/// What a client learns of a query of ours that failed: that the upstream is at fault, and nothing of what it said.
impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        tracing::error!(%error, "Supabase gave no rows");
        match error {
            Error::Timeout { .. } => {
                Problem::new(Kind::UPSTREAM_TIMEOUT).with_detail("the database did not answer in time; try again later")
            }
            Error::Unreachable => {
                Problem::new(Kind::BAD_UPSTREAM).with_detail("the database can't be reached; try again later")
            }
            Error::Encode(_) => Problem::new(Kind::INTERNAL),
            _ => Problem::new(Kind::BAD_UPSTREAM).with_detail("the database gave no usable answer; try again later"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_repeats_a_key_is_kept_without_it() {
        let headers = [("apikey", "anon-1"), ("authorization", "Bearer user-2"), ("accept", "json")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let said = without_keys(b"bad anon-1 and user-2, not json".to_vec(), &headers);
        assert_eq!(said, b"bad [key] and [key], not json");
        assert_eq!(without_keys(vec![0xff], &headers), b"");
    }
}
