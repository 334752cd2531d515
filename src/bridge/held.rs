//! The bytes that requests hold at once on the host's side of this isolate, counted before they are held.
//!
//! Each instance counts its own: the platform's reads every body that is large, and loads and prepares; the main one passes bodies on.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Poll;
use std::thread::LocalKey;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::host_body::HostBody;
use super::host_request::patience;
use super::room::{Asked, Place, Room};
use super::stream::StreamError;
use super::{Body, ByteStream, Kind, Problem, clock};

/// What bodies and bundles on their way may take at once. An isolate has 128 MB: of them 33.5 are kept bundles, 16 rows of the history, 8.4 what is known of
/// functions, and some 20 the instances with their memories, what is compiled, and V8's own; this is the rest.
const MOST: u64 = 48 * 1024 * 1024;

/// As far as bodies may fill it: however many clients send them, and however slowly, a bundle of 20 MiB is loaded in what is left, and few are larger.
const BODIES: u64 = 28 * 1024 * 1024;

/// What uploads may take at once that are prepared: the largest one, or many small ones. Apart from the others, or it would keep functions from being loaded.
const PREPARED: u64 = 70 * 1024 * 1024;

/// What uploads may take at once on their way to the object store: four whole parts. In a room of its own, like what is prepared: both come on top of the rest.
const STAGED: u64 = 4 * PART;

/// What an upload has in memory at most while it is stored, part by part.
const PART: u64 = 5 * 1024 * 1024;

/// How long an upload waits for its part of the room.
const PART_WAIT: Duration = Duration::from_secs(10);

/// A body of no more is not counted.
pub const UNCOUNTED: u64 = 64 * 1024;

/// How often it is asked for whom there is no room yet, and who isn't in the queue.
const AGAIN: Duration = Duration::from_millis(100);

/// How many may wait for room.
const WAITING: usize = 128;

thread_local! {
    static ISOLATE: Room = Room::new(MOST, WAITING);
    static PREPARING: Room = Room::new(PREPARED, WAITING);
    static STAGING: Room = Room::new(STAGED, WAITING);
}

/// Bytes that somebody may hold, until this is dropped; the host's to let go of then.
#[derive(Debug)]
#[must_use = "what is dropped may be held by another"]
pub struct Held {
    /// None of what is not counted.
    place: Option<Place>,
    /// How long it is held at most.
    longest: Duration,
}

/// There is no room for more bytes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("requests under way hold as many bytes as there is room for; try again")]
pub struct NoRoom;

/// How long a client that found no room should wait before it comes again, in seconds.
pub const RETRY_SECONDS: &str = "1";

impl From<NoRoom> for Problem {
    fn from(error: NoRoom) -> Problem {
        Problem::new(Kind::OVERLOADED).with_detail(error.to_string()).with_header("retry-after", RETRY_SECONDS)
    }
}

impl Held {
    /// A body of `length` bytes, held for no longer than `longest`, or none at all: its client can come again, and would hold a connection if it waited.
    pub fn body(length: u64, longest: Duration) -> Result<Held, NoRoom> {
        let mut held = Held { place: None, longest };
        held.grow(length)?;
        Ok(held)
    }

    /// The same body, of which `length` bytes are to be held by now.
    pub fn grow(&mut self, length: u64) -> Result<(), NoRoom> {
        // Nearly all bodies are small, and aren't worth the question for the time.
        if length <= UNCOUNTED {
            return Ok(());
        }
        let now = clock::now_ms();
        match &mut self.place {
            Some(place) => place.grow(length, BODIES, now).then_some(()).ok_or(NoRoom),
            none => {
                *none = ISOLATE.with(|room| room.take(length, BODIES, now, now + clock::ms(self.longest)));
                if none.is_some() { Ok(()) } else { Err(NoRoom) }
            }
        }
    }

    /// A value of `length` bytes that a call came to, until its client has it, or has had the time that it would have to send as much. Asked for until `waiting`
    /// is over: the call was made, and its client would make it again.
    pub async fn value(length: u64, waiting: Duration) -> Result<Held, NoRoom> {
        let longest = time_of(length);
        if length <= UNCOUNTED {
            return Held::body(length, longest);
        }
        let ends = clock::now_ms() + clock::ms(waiting);
        loop {
            match Held::body(length, longest) {
                Err(NoRoom) if clock::now_ms() < ends => clock::sleep(AGAIN).await,
                held => return held,
            }
        }
    }

    /// The part that is in memory of an upload of at most `length` bytes, for as long as a body of that length may take; by itself it may be held for longer. Who
    /// doesn't get it soon comes again: parts are held by clients, and those may be slow.
    pub async fn part(length: u64) -> Result<Held, NoRoom> {
        let longest = time_of(length);
        Held::work(&STAGING, length.min(PART), longest, PART_WAIT).await
    }

    /// Calls `tell` when its time is over and another has it, by whichever request wants it; never if this is dropped before.
    pub fn when_taken_back(&self, tell: impl FnOnce() + 'static) {
        if let Some(place) = &self.place {
            place.when_taken_back(tell);
        }
    }

    /// `whole` as the body of an answer, in pieces if it is counted. Taken back, all that is left of it is dropped, and its client sees it break off.
    pub fn lend(self, whole: HostBody) -> Body {
        let Some(place) = self.place else { return Body::Host(whole) };
        let lent = Rc::new(RefCell::new(Some(whole.pieces())));
        let left = Rc::downgrade(&lent);
        place.when_taken_back(move || {
            let lent = left.upgrade();
            drop(lent.and_then(|lent| lent.try_borrow_mut().ok().and_then(|mut lent| lent.take())));
        });
        Body::Stream(ByteStream::new(stream::poll_fn(move |context| {
            let _ = &place;
            match lent.borrow_mut().as_mut() {
                Some(stream) => stream.poll_next_unpin(context),
                None => Poll::Ready(Some(Err(StreamError("it was held for too long".to_owned())))),
            }
        })))
    }

    /// `size` bytes of a bundle on its way, held for no longer than `longest`; waited for in the order of asking, no longer than `patience`.
    pub async fn load(size: u64, longest: Duration, patience: Duration) -> Result<Held, NoRoom> {
        Held::work(&ISOLATE, size, longest, patience).await
    }

    /// The same of an upload that is prepared.
    pub async fn preparation(size: u64, longest: Duration, patience: Duration) -> Result<Held, NoRoom> {
        Held::work(&PREPARING, size, longest, patience).await
    }

    async fn work(
        room: &'static LocalKey<Room>,
        size: u64,
        longest: Duration,
        patience: Duration,
    ) -> Result<Held, NoRoom> {
        let now = clock::now_ms();
        let place = match room.with(|room| room.ask(size, now, now + clock::ms(patience + longest))) {
            Asked::Place(place) => place,
            Asked::Waiting(waiting) => waiting.within(patience).await.ok_or(NoRoom)?,
            Asked::Full => return Err(NoRoom),
        };
        Ok(Held { place: Some(place), longest })
    }
}

/// How long a client may take for `length` bytes, in whichever direction.
fn time_of(length: u64) -> Duration {
    Duration::from_millis(patience(usize::try_from(length).unwrap_or(usize::MAX)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;
    const LONGEST: Duration = Duration::from_secs(60);

    fn body(length: u64) -> Result<Held, NoRoom> {
        Held::body(length, LONGEST)
    }

    /// What doesn't have to wait, for which it takes a host. Each test has a thread of its own, and so a room.
    fn now(future: impl Future<Output = Result<Held, NoRoom>>) -> Option<Held> {
        use std::task::{Context, Poll, Waker};
        match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(held) => held.ok(),
            Poll::Pending => None,
        }
    }

    #[test]
    fn small_bodies_cost_nothing_however_full_it_is() {
        let full = body(BODIES).expect("alone");
        let small: Vec<Held> = (0..10_000).map(|_| body(UNCOUNTED).expect("not counted")).collect();
        assert_eq!(body(UNCOUNTED + 1).err(), Some(NoRoom));
        drop((full, small));
        drop(body(UNCOUNTED + 1).expect("room again"));
    }

    #[test]
    fn bodies_leave_room_to_load_a_function_and_to_prepare_another() {
        let load = |size| now(Held::load(size, LONGEST, LONGEST));
        let prepare = |size| now(Held::preparation(size, LONGEST, LONGEST));
        let bodies = [body(14 * MIB).expect("room"), body(14 * MIB).expect("room")];
        assert!(body(MIB).is_err(), "one more is one too many");
        let (loaded, prepared) = (load(20 * MIB).expect("room"), prepare(70 * MIB).expect("room"));
        drop((bodies, loaded));
        let loads = [load(20 * MIB).expect("room"), load(20 * MIB).expect("room")];
        assert!(body(9 * MIB).is_err(), "what is held is held, by whomever");
        drop((loads, prepared));
        drop((body(28 * MIB).expect("room again"), prepare(MIB).expect("room again")));
    }

    #[test]
    fn a_body_that_grows_is_counted_from_where_it_is_large() {
        let mut grown = body(0).expect("nothing yet");
        assert!(grown.place.is_none());
        grown.grow(UNCOUNTED).expect("small");
        grown.grow(20 * MIB).expect("room");
        let mut other = body(0).expect("nothing yet");
        assert_eq!(other.grow(9 * MIB), Err(NoRoom));
        other.grow(8 * MIB).expect("room");
        drop(grown);
        other.grow(28 * MIB).expect("room");
    }

    #[test]
    fn who_finds_no_room_is_told_when_to_come_again() {
        let problem = Problem::from(NoRoom);
        assert_eq!((problem.kind(), problem.kind().status), (Kind::OVERLOADED, 503));
        let response = problem.into_response("r");
        assert_eq!(response.headers.get("retry-after"), Some("1"));
    }
}
