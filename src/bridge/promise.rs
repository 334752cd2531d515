//! Promises of the host as futures, settled by the shim.
//!
//! [`JsFuture`](js_sys::futures::JsFuture) makes two closures and asks the host for a microtask when its promise settles. Here the shim calls
//! the export `settled` with the promise's number instead, with nothing of ours on the stack, so what was woken is polled at once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::edge::with_host;
use super::host::Host;
use super::{clock, task};

/// What a promise came to.
type Outcome = Result<JsValue, JsValue>;

/// A promise that is awaited.
pub struct Awaited {
    number: u32,
    slot: Rc<Slot>,
}

#[derive(Default)]
struct Slot {
    /// The request that awaits it, and for how many milliseconds, if that is to be timed once it has taken a while.
    bound: Option<(u32, u32)>,
    timed: Cell<bool>,
    outcome: Cell<Option<Outcome>>,
    waker: Cell<Option<Waker>>,
}

thread_local! {
    /// By the promise's number, for the shim to settle.
    static PENDING: RefCell<HashMap<u32, Rc<Slot>>> = RefCell::default();
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// Awaits `promise`.
pub fn wait(promise: &Promise) -> Awaited {
    settled_by(|host, number| {
        host.watch(promise, number);
        Ok(())
    })
}

/// Awaits `promise` for at most about `limit`, after which it has failed with a `LateError`; what it comes to then is nobody's.
///
/// No timer runs for what a request awaits in its first quarter of a second, when most are over: the shim tells [`age`] of those that aren't.
pub fn wait_within(promise: &Promise, limit: Duration) -> Awaited {
    let ms = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
    let bound = task::young().map(|request| (request, ms));
    let awaited = numbered(bound, |host, number| {
        host.watch(promise, number);
        Ok(())
    });
    if bound.is_none() {
        awaited.slot.time(awaited.number, ms);
    }
    awaited
}

/// Has everything timed that the request `id` awaits, because that has taken a while; called in its own context.
pub fn age(id: u32) {
    task::age(id);
    let of_it = |slot: &Slot| slot.bound.filter(|(request, _)| *request == id);
    let waits: Vec<(u32, Rc<Slot>, u32)> = PENDING.with_borrow(|pending| {
        let of_it = pending.iter().filter_map(|(number, slot)| of_it(slot).map(|(_, ms)| (*number, slot.clone(), ms)));
        of_it.collect()
    });
    for (number, slot, ms) in waits {
        slot.time(number, ms);
    }
}

impl Slot {
    fn time(&self, number: u32, ms: u32) {
        // Without a shim nothing is awaited.
        let _ = with_host(|host| {
            host.time(number, ms);
            Ok(())
        });
        self.timed.set(true);
    }
}

/// Awaits what the host will settle under the number that `ask` tells it.
pub(super) fn settled_by(ask: impl FnOnce(&Host, u32) -> Result<(), JsValue>) -> Awaited {
    numbered(None, ask)
}

fn numbered(bound: Option<(u32, u32)>, ask: impl FnOnce(&Host, u32) -> Result<(), JsValue>) -> Awaited {
    let number = LAST.get().wrapping_add(1);
    LAST.set(number);
    let slot = Rc::new(Slot { bound, ..Slot::default() });
    match with_host(|host| ask(host, number)) {
        Ok(()) => drop(PENDING.with_borrow_mut(|pending| pending.insert(number, slot.clone()))),
        Err(error) => slot.outcome.set(Some(Err(error))),
    }
    Awaited { number, slot }
}

/// Settles a promise of the host; dropped unsent, it leaves whoever awaits that to wait for ever.
#[derive(Debug)]
pub struct Signal(js_sys::Function);

impl Signal {
    /// Settles it.
    pub fn send(self) {
        // A resolving function of the host never throws.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

/// A promise of the host, and the means to settle it: whoever awaits it goes on in the context of its own request, whichever request sends the signal.
pub fn signal() -> (Signal, Awaited) {
    let mut resolve = None;
    let told = settled_by(|host, number| {
        resolve = Some(host.signal(number));
        Ok(())
    });
    (Signal(resolve.unwrap_or_default()), told)
}

/// Waits until the signal that `hand_over` is given is sent, `longest` at most. Told or not: whoever asks again sees what has become of it.
pub async fn told_within(longest: Duration, hand_over: impl FnOnce(Signal)) {
    let (signal, told) = signal();
    hand_over(signal);
    drop(clock::within(longest, told).await);
}

/// The promise `number` came to `outcome`: whoever awaits it goes on at once.
pub fn settled(number: u32, outcome: Outcome) {
    // Nobody awaits it any more: its future was dropped.
    let Some(slot) = PENDING.with_borrow_mut(|pending| pending.remove(&number)) else { return };
    slot.outcome.set(Some(outcome));
    task::turn_after(|| {
        if let Some(waker) = slot.waker.take() {
            waker.wake();
        }
    });
}

impl Future for Awaited {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        match self.slot.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                self.slot.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        // The waker in it may be the last of a future that drops others in its turn.
        let slot = PENDING.with_borrow_mut(|pending| pending.remove(&self.number));
        drop(slot);
        if self.slot.timed.get() {
            // As above.
            let _ = with_host(|host| {
                host.untime(self.number);
                Ok(())
            });
        }
    }
}
