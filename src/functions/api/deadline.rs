//! When an upload has to be whole.

use std::time::Duration;

use crate::bridge::host_body::HostBody;
use crate::bridge::{Kind, Problem, clock};

/// The end of the time that an upload has: what is staged and older than that was left behind, and is swept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    seconds: u32,
    ends_ms: f64,
}

impl Deadline {
    /// That of an upload that begins now; without end where what is left is swept at once (`UPLOAD_SECONDS="0"`, for tests).
    pub(super) fn begin(seconds: u32) -> Deadline {
        let ends_ms = if seconds == 0 { f64::INFINITY } else { clock::now_ms() + f64::from(seconds) * 1000.0 };
        Deadline { seconds, ends_ms }
    }

    /// Whether it is past.
    pub(super) fn is_over(self) -> bool {
        clock::now_ms() >= self.ends_ms
    }

    /// What the client of an upload that missed it is told.
    pub(super) fn problem(self) -> Problem {
        let Deadline { seconds, .. } = self;
        let detail =
            format!("an upload may take {seconds} s, and this one took longer; send it again over a faster connection");
        Problem::new(Kind::REQUEST_TIMEOUT).with_detail(detail)
    }

    /// What `part` comes to, if it does in time.
    pub(super) async fn bound<T>(self, part: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        if self.seconds == 0 {
            return part.await;
        }
        // The host's timer has no more than 31 bits of milliseconds.
        let left = clock::until(self.ends_ms).min(Duration::from_millis(i32::MAX as u64));
        clock::within(left, part).await.unwrap_or_else(|| Err(self.problem()))
    }

    /// The same stream, broken off when the time is over.
    pub(super) fn bound_stream(self, stream: HostBody) -> Result<HostBody, Problem> {
        if self.seconds == 0 {
            return Ok(stream);
        }
        stream.in_time(self.ends_ms).map_err(|_| Problem::new(Kind::INTERNAL))
    }
}
