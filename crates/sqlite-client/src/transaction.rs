//! A transaction that an async closure runs in.

use std::cell::RefCell;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::client::DatabaseClient;
use crate::error::Error;
use crate::package::Queryable;
use crate::queries::Queries;

/// What is in a transaction. Its calls fail with `transaction_over` after the closure is done.
#[derive(Debug)]
pub struct Transaction(Queries);

impl Deref for Transaction {
    type Target = Queries;

    fn deref(&self) -> &Queries {
        &self.0
    }
}

/// The package's callback under way: its promise is settled when the closure is done, or was dropped.
struct Attempt {
    js: Queryable,
    resolve: Function,
    reject: Function,
}

impl Attempt {
    fn end(&self, with: &Function, value: &JsValue) {
        // Settling a promise doesn't fail, and does nothing the second time.
        let _ = with.call1(&JsValue::UNDEFINED, value);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.end(&self.reject, &JsValue::UNDEFINED);
    }
}

/// Where the package's callback leaves what it was called with.
#[derive(Default)]
struct Slot {
    attempt: Option<Attempt>,
    waker: Option<Waker>,
}

impl Slot {
    fn put(&mut self, attempt: Attempt) {
        self.attempt = Some(attempt);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

enum First<A, B> {
    Over(A),
    Done(B),
}

/// Waits for one of the two, the first if both are there.
async fn first<A, B>(mut over: Pin<&mut impl Future<Output = A>>, done: impl Future<Output = B>) -> First<A, B> {
    let mut done = pin!(done);
    poll_fn(|context| match over.as_mut().poll(context) {
        Poll::Ready(ended) => Poll::Ready(First::Over(ended)),
        Poll::Pending => done.as_mut().poll(context).map(First::Done),
    })
    .await
}

impl DatabaseClient {
    /// Commits when the closure gives `Ok`, rolls back when it gives `Err`, and gives what it gave. The deadline and the signal of
    /// this handle count for the whole; when they end it, the closure is dropped where it waits. Dropped before its end, the
    /// transaction is rolled back.
    ///
    /// With [`with_retries`](Self::with_retries) the closure is called again if the leader was lost before COMMIT: it must
    /// have no effect outside the transaction then.
    pub async fn transaction<T, E: From<Error>>(
        &self,
        mut body: impl AsyncFnMut(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let slot = Rc::new(RefCell::new(Slot::default()));
        let begun = slot.clone();
        let callback = Closure::<dyn FnMut(Queryable) -> Promise>::new(move |js: Queryable| {
            Promise::new(&mut |resolve, reject| begun.borrow_mut().put(Attempt { js: js.clone(), resolve, reject }))
        });
        let mut outcome = pin!(JsFuture::from(self.js.transaction(callback.as_ref(), &self.options.value())));
        // What the closure gave last, and what the package was told of it.
        let mut given: Option<(Result<T, E>, JsValue)> = None;
        loop {
            let next = poll_fn(|context| {
                let mut slot = slot.borrow_mut();
                slot.waker = Some(context.waker().clone());
                slot.attempt.take().map_or(Poll::Pending, Poll::Ready)
            });
            let attempt = match first(outcome.as_mut(), next).await {
                First::Done(attempt) => attempt,
                First::Over(ended) => {
                    return match (ended, given) {
                        (Ok(_), Some((result, _))) => result,
                        (Err(thrown), Some((Err(error), told))) if thrown == told => Err(error),
                        (Ok(thrown) | Err(thrown), _) => Err(Error::thrown(thrown).into()),
                    };
                }
            };
            let transaction = Transaction(Queries::new(attempt.js.clone(), self.options.clone()));
            match first(outcome.as_mut(), body(&transaction)).await {
                First::Over(Ok(thrown) | Err(thrown)) => return Err(Error::thrown(thrown).into()),
                First::Done(result) => {
                    // It begins again only for an error of its own that says why.
                    let lost = transaction.lost.take().filter(|_| result.is_err());
                    let told = lost.unwrap_or_else(|| Object::new().into());
                    attempt.end(if result.is_ok() { &attempt.resolve } else { &attempt.reject }, &told);
                    given = Some((result, told));
                }
            }
        }
    }
}
