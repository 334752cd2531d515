//! Runs the futures of requests that have to wait, without a promise of their own.
//!
//! A future is polled when it starts and then once for each time that it was woken, never from inside another poll or a handler: whoever
//! wakes a future may still hold what that future borrows. What was woken outside of both is polled at the turn that `soon` asks the host for.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// A future that waits.
struct Waiting {
    task: Task,
    /// It has waited for a while.
    aged: bool,
}

#[derive(Default)]
struct Tasks {
    waiting: HashMap<u32, Waiting>,
    woken: VecDeque<Arc<Wakeup>>,
}

thread_local! {
    static TASKS: RefCell<Tasks> = RefCell::default();
    /// Somebody polls or will poll before it returns, or the host was asked for a turn.
    static TURN: Cell<bool> = const { Cell::new(false) };
    /// The future that is polled, unless it has aged.
    static YOUNG: Cell<Option<u32>> = const { Cell::new(None) };
    static SOON: Cell<fn()> = const { Cell::new(|| ()) };
}

/// Names what asks the host to call [`turn`] soon, with nothing of ours on its stack.
pub fn start(soon: fn()) {
    SOON.set(soon);
}

/// What every waker of a future refers to.
struct Wakeup(u32);

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        TASKS.with_borrow_mut(|tasks| tasks.woken.push_back(self));
        if !TURN.replace(true) {
            SOON.get()();
        }
    }
}

impl Drop for Wakeup {
    /// Nobody can wake the future any more: the host has dropped the promise that it waited for, as it does when a client goes away.
    fn drop(&mut self) {
        // Dropped after the borrow: it may hold the last waker of another.
        let unreachable = TASKS.try_with(|tasks| tasks.borrow_mut().waiting.remove(&self.0));
        drop(unreachable);
    }
}

/// Calls `serve`; what it wakes is polled at a turn after it.
pub fn serving<T>(serve: impl FnOnce() -> T) -> T {
    let asked = TURN.replace(true);
    let served = serve();
    if !asked {
        // Not at once: the host has to know first that this request waits.
        if TASKS.with_borrow(|tasks| tasks.woken.is_empty()) { TURN.set(false) } else { SOON.get()() }
    }
    served
}

/// Polls `future`; if it has to wait, keeps polling it as it is woken and hands its output to `finish`. `id` is the request's number, which
/// no other future has.
pub fn run<T: 'static>(
    id: u32,
    mut future: Pin<Box<dyn Future<Output = T>>>,
    finish: impl FnOnce(T) + 'static,
) -> Poll<T> {
    // Dropped at the end: from then on the future lives as long as something that it waits for.
    let waker = Waker::from(Arc::new(Wakeup(id)));
    YOUNG.set(Some(id));
    let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
    YOUNG.set(None);
    if polled.is_pending() {
        let task = Box::pin(async move { finish(future.await) });
        TASKS.with_borrow_mut(|tasks| tasks.waiting.insert(id, Waiting { task, aged: false }));
    }
    polled
}

/// The future that is polled now, unless it has aged or is none of those that [`run`] was given.
pub(super) fn young() -> Option<u32> {
    YOUNG.get()
}

/// Notes that the future `id` has waited for a while.
pub(super) fn age(id: u32) {
    TASKS.with_borrow_mut(|tasks| {
        if let Some(waiting) = tasks.waiting.get_mut(&id) {
            waiting.aged = true;
        }
    });
}

/// Drops the future `id`, if it still waits.
pub fn leave(id: u32) {
    // Dropped after the borrow: it may hold the last waker of another.
    let left = TASKS.with_borrow_mut(|tasks| tasks.waiting.remove(&id));
    drop(left);
}

/// Calls `wake`, with nothing of ours on the stack below it, and polls every future that it wakes.
pub fn turn_after(wake: impl FnOnce()) {
    TURN.set(true);
    wake();
    turn();
}

/// Polls every future that was woken, and those that they wake.
pub fn turn() {
    TURN.set(true);
    while let Some(woken) = TASKS.with_borrow_mut(|tasks| tasks.woken.pop_front()) {
        let id = woken.0;
        // A future may be woken after its end, and twice before its turn.
        let Some(mut waiting) = TASKS.with_borrow_mut(|tasks| tasks.waiting.remove(&id)) else { continue };
        let waker = Waker::from(woken);
        YOUNG.set((!waiting.aged).then_some(id));
        let polled = waiting.task.as_mut().poll(&mut Context::from_waker(&waker));
        YOUNG.set(None);
        if polled.is_pending() {
            TASKS.with_borrow_mut(|tasks| tasks.waiting.insert(id, waiting));
        }
    }
    TURN.set(false);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn};
    use std::rc::Rc;

    thread_local! {
        static ASKED: Cell<u32> = const { Cell::new(0) };
    }

    /// A future that ends when it is opened, and the means to open it.
    #[derive(Clone, Default)]
    struct Gate(Rc<RefCell<(bool, Option<Waker>)>>);

    impl Gate {
        fn wait(&self) -> impl Future<Output = ()> + use<> {
            let gate = self.0.clone();
            poll_fn(move |context| {
                let mut gate = gate.borrow_mut();
                gate.1 = Some(context.waker().clone());
                if gate.0 { Poll::Ready(()) } else { Poll::Pending }
            })
        }

        /// Wakes while it holds what the future borrows.
        fn open(&self) {
            let mut gate = self.0.borrow_mut();
            gate.0 = true;
            if let Some(waker) = gate.1.take() {
                waker.wake();
            }
        }
    }

    fn begin() -> Rc<RefCell<Vec<u32>>> {
        ASKED.set(0);
        start(|| ASKED.set(ASKED.get() + 1));
        Rc::default()
    }

    fn spawn(log: &Rc<RefCell<Vec<u32>>>, name: u32, future: impl Future<Output = ()> + 'static) -> Poll<()> {
        let log = log.clone();
        serving(|| run(name, Box::pin(future), move |()| log.borrow_mut().push(name)))
    }

    #[test]
    fn a_future_that_is_ready_is_never_kept() {
        let log = begin();
        assert_eq!(spawn(&log, 1, async {}), Poll::Ready(()));
        assert!(log.borrow().is_empty(), "its output was returned, not finished");
        assert!(TASKS.with_borrow(|tasks| tasks.waiting.is_empty()));
    }

    #[test]
    fn a_wake_from_outside_asks_the_host_for_one_turn() {
        let log = begin();
        let (first, second) = (Gate::default(), Gate::default());
        assert!(spawn(&log, 1, first.wait()).is_pending());
        assert!(spawn(&log, 2, second.wait()).is_pending());
        second.open();
        first.open();
        assert_eq!((ASKED.get(), log.borrow().len()), (1, 0), "nothing is polled under who wakes");
        turn();
        assert_eq!(*log.borrow(), [2, 1]);
        assert!(TASKS.with_borrow(|tasks| tasks.waiting.is_empty()));
    }

    #[test]
    fn a_wake_from_a_poll_or_a_handler_is_served_after_it() {
        let log = begin();
        let gate = Gate::default();
        assert!(spawn(&log, 1, gate.wait()).is_pending());
        let opener = gate.clone();
        assert_eq!(spawn(&log, 2, async move { opener.open() }), Poll::Ready(()));
        assert_eq!((ASKED.get(), log.borrow().len()), (1, 0));
        turn();
        assert_eq!(*log.borrow(), [1]);
    }

    #[test]
    fn a_future_that_wakes_itself_and_one_that_is_woken_twice_are_polled_to_their_end() {
        let log = begin();
        let mut left = 3;
        let yielding = poll_fn(move |context| {
            left -= 1;
            context.waker().wake_by_ref();
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        });
        assert!(spawn(&log, 1, yielding).is_pending());
        assert!(log.borrow().is_empty(), "the host must know first that the request waits");
        turn();
        assert_eq!(*log.borrow(), [1], "the last wake finds nothing any more, and that is no fault");
    }

    #[test]
    fn a_future_that_nothing_can_wake_any_more_is_dropped() {
        let log = begin();
        let gate = Gate::default();
        let alive = Rc::new(());
        let held = alive.clone();
        let wait = gate.wait();
        let waiting = async move {
            wait.await;
            drop(held);
        };
        assert!(spawn(&log, 1, waiting).is_pending());
        assert!(spawn(&log, 2, pending()).is_pending());
        assert_eq!((Rc::strong_count(&alive), TASKS.with_borrow(|tasks| tasks.waiting.len())), (2, 1));
        // The host gives the promise up, and with it the only waker.
        let waker = gate.0.borrow_mut().1.take();
        drop(waker);
        assert_eq!((Rc::strong_count(&alive), TASKS.with_borrow(|tasks| tasks.waiting.len())), (1, 0));
        assert!(log.borrow().is_empty());
    }

    #[test]
    fn a_future_that_is_left_is_dropped_at_once_and_its_wake_changes_nothing() {
        let log = begin();
        let gate = Gate::default();
        let alive = Rc::new(());
        let (held, wait) = (alive.clone(), gate.wait());
        let waiting = async move {
            wait.await;
            drop(held);
        };
        assert!(spawn(&log, 1, waiting).is_pending());
        leave(1);
        leave(1);
        assert_eq!(Rc::strong_count(&alive), 1);
        gate.open();
        turn();
        assert!(log.borrow().is_empty());
    }

    #[test]
    fn a_future_is_young_while_it_is_polled_until_it_has_aged() {
        let log = begin();
        let gate = Gate::default();
        let wait = gate.wait();
        let seen = Rc::<RefCell<Vec<Option<u32>>>>::default();
        let see = seen.clone();
        let mut wait = Box::pin(wait);
        let waiting = poll_fn(move |context| {
            see.borrow_mut().push(young());
            wait.as_mut().poll(context)
        });
        assert!(spawn(&log, 1, waiting).is_pending());
        assert_eq!(young(), None, "nothing is polled");
        let wake = |gate: &Gate| {
            let waker = gate.0.borrow().1.clone();
            waker.expect("it waits").wake();
            turn();
        };
        wake(&gate);
        age(2);
        age(1);
        wake(&gate);
        gate.open();
        turn();
        assert_eq!(*seen.borrow(), [Some(1), Some(1), None, None]);
        age(1);
        assert_eq!((log.borrow().clone(), young()), (vec![1], None));
    }

    #[test]
    fn a_request_between_a_wake_and_its_turn_changes_nothing() {
        let log = begin();
        let gate = Gate::default();
        assert!(spawn(&log, 1, gate.wait()).is_pending());
        gate.open();
        assert_eq!(spawn(&log, 2, async {}), Poll::Ready(()));
        turn();
        assert_eq!((ASKED.get(), log.borrow().clone()), (1, vec![1]));
    }
}
