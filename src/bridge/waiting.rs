//! Handlers that wait, where their client's leaving can drop them.
//!
//! When a client leaves, the host cancels whatever its request waits for, and nothing wakes its handler again. Left alone, the handler
//! and all that it holds would stay in linear memory for the instance's life.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

use super::Response;
use crate::telemetry::log::Served;

type Work = Pin<Box<dyn Future<Output = Response>>>;

/// A handler that waits. It gives `None` if its client left.
pub(super) struct Waiting {
    number: u32,
    shared: Rc<Shared>,
}

struct Shared {
    work: RefCell<Option<Work>>,
    served: Served,
    relay: Arc<Relay>,
    waker: Waker,
}

/// Wakes the task that a future moved to after its first poll: some futures, such as [`worker::Delay`], keep the first waker they see.
#[derive(Default)]
struct Relay(AtomicWaker);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

thread_local! {
    /// By the request's number, for [`leave`] and nothing else: no request can look at another's.
    static WAITING: RefCell<BTreeMap<u32, Rc<Shared>>> = const { RefCell::new(BTreeMap::new()) };
}

impl Waiting {
    /// Polls `work` once: many handlers that could wait don't, and such an answer needs no promise.
    pub(super) fn begin(number: u32, mut work: Work) -> Result<Response, Waiting> {
        let relay = Arc::new(Relay::default());
        let waker = relay.clone().into();
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(response) => Ok(response),
            Poll::Pending => {
                let shared = Rc::new(Shared { work: RefCell::new(Some(work)), served: Served::now(), relay, waker });
                WAITING.with_borrow_mut(|waiting| waiting.insert(number, shared.clone()));
                Err(Waiting { number, shared })
            }
        }
    }
}

impl Future for Waiting {
    type Output = Option<Response>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Response>> {
        let Shared { work, relay, waker, .. } = &*self.shared;
        relay.0.register(task.waker());
        match work.borrow_mut().as_mut() {
            Some(work) => work.as_mut().poll(&mut Context::from_waker(waker)).map(Some),
            None => Poll::Ready(None),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.with_borrow_mut(|waiting| waiting.remove(&self.number));
    }
}

/// Drops the handler of the request `number`, if it still waits: its client has left.
pub(super) fn leave(number: u32) {
    let Some(shared) = WAITING.with_borrow_mut(|waiting| waiting.remove(&number)) else { return };
    // Borrowed only while it is polled, and then it is not waiting.
    if let Ok(mut work) = shared.work.try_borrow_mut() {
        let left = work.take();
        drop(work);
        shared.served.enter(|| drop(left));
    }
    // What is left of the task ends with its next poll.
    shared.relay.0.wake();
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn poll(waiting: &mut Waiting, count: &Arc<Count>) -> Poll<Option<u16>> {
        let waker = count.clone().into();
        Pin::new(waiting)
            .poll(&mut Context::from_waker(&waker))
            .map(|response| response.map(|response| response.status))
    }

    #[test]
    fn work_that_keeps_its_first_waker_is_woken() {
        let kept: Rc<RefCell<Option<Waker>>> = Rc::default();
        let keeps = kept.clone();
        let work = poll_fn(move |context| {
            if keeps.borrow().is_some() {
                return Poll::Ready(Response::no_content());
            }
            keeps.replace(Some(context.waker().clone()));
            Poll::Pending
        });
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let mut waiting = Waiting::begin(1, Box::pin(work)).expect_err("it waits");
        waiting.shared.relay.0.register(&count.clone().into());
        kept.borrow().as_ref().expect("the first poll's waker").wake_by_ref();
        assert_eq!(count.0.load(Ordering::Relaxed), 1, "the task hears of it");
        assert_eq!(poll(&mut waiting, &count), Poll::Ready(Some(204)));
    }

    #[test]
    fn a_client_that_leaves_takes_its_handler_and_no_other() {
        let held = Rc::new(());
        let wait = |held: Rc<()>| -> Work {
            Box::pin(async move {
                let _held = held;
                pending().await
            })
        };
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let mut leaver = Waiting::begin(1, wait(held.clone())).expect_err("it waits");
        let mut stayer = Waiting::begin(2, wait(held.clone())).expect_err("it waits");
        assert_eq!(poll(&mut leaver, &count), Poll::Pending);
        leave(1);
        assert_eq!(Rc::strong_count(&held), 2, "one handler was dropped, one holds");
        assert_eq!(count.0.load(Ordering::Relaxed), 1, "its task is woken to end");
        assert_eq!(poll(&mut leaver, &count), Poll::Ready(None));
        assert_eq!(poll(&mut stayer, &count), Poll::Pending);
        drop(stayer);
        leave(2);
        WAITING.with_borrow(|waiting| assert!(waiting.is_empty(), "nothing is left of them"));
    }
}
