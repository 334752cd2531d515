//! Which request is served at this moment.

use std::cell::Cell;
use std::future::{self, Future};
use std::pin::pin;

thread_local! {
    /// The number of the request that is served at this moment.
    static REQUEST: Cell<Option<u32>> = const { Cell::new(None) };
}

/// The number of the request that is served now, if there is one.
pub(super) fn number() -> Option<u32> {
    REQUEST.get()
}

/// While it lives, lines are the request's; when it goes, what was before is restored.
pub struct Inside(Option<u32>);

/// Makes the request `number` the one whose lines are logged.
pub fn enter(number: u32) -> Inside {
    Inside(REQUEST.replace(Some(number)))
}

impl Drop for Inside {
    fn drop(&mut self) {
        REQUEST.set(self.0);
    }
}

/// The same future, with the request `number` entered whenever it is polled.
pub async fn within<T>(number: u32, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    future::poll_fn(|context| {
        let _inside = enter(number);
        future.as_mut().poll(context)
    })
    .await
}

/// The request that is served at some moment, if there is one: for work that is put off.
#[derive(Clone, Copy, Debug)]
pub struct Served(Option<u32>);

impl Served {
    /// The request that is served now.
    pub fn now() -> Served {
        Served(REQUEST.get())
    }

    /// Calls `f` with this request entered.
    pub fn enter<T>(self, f: impl FnOnce() -> T) -> T {
        let _inside = self.0.map(enter);
        f()
    }

    /// The same future, with this request entered whenever it is polled.
    pub async fn within<T>(self, future: impl Future<Output = T>) -> T {
        match self.0 {
            Some(number) => within(number, future).await,
            None => future.await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{self, Poll, Waker};

    use super::*;

    #[test]
    fn interleaved_futures_log_for_their_own_request() {
        let logged = number;
        let noop = || task::Context::from_waker(Waker::noop());
        let wait_once = || {
            let mut waited = false;
            future::poll_fn(move |_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending })
        };
        let two_steps = |number| {
            Box::pin(within(number, async move {
                let before = logged();
                wait_once().await;
                (before, logged())
            }))
        };
        let (mut first, mut second) = (two_steps(1), two_steps(2));
        assert!(first.as_mut().poll(&mut noop()).is_pending());
        assert_eq!(logged(), None, "a request that waits is left");
        assert!(second.as_mut().poll(&mut noop()).is_pending());
        assert_eq!(first.as_mut().poll(&mut noop()), Poll::Ready((Some(1), Some(1))));
        assert_eq!(second.as_mut().poll(&mut noop()), Poll::Ready((Some(2), Some(2))));
        let _outer = enter(7);
        {
            let _inner = enter(8);
            assert_eq!(logged(), Some(8));
        }
        assert_eq!(logged(), Some(7), "leaving restores what was before");
    }
}
