//! Handlers: plain functions, called with what they ask for.
//!
//! A handler takes up to six extractors and returns something that is [`IntoResponse`]. A synchronous one is answered without a promise;
//! an asynchronous one may end with an extractor that reads the body.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::extract::{Extract, ExtractBody};
use super::{Context, IntoResponse, Problem, Request, Response};

/// A response, or the problem that takes its place.
pub type Outcome = Result<Response, Problem>;

/// What a handler gives back: a response that is there, or one that is still made.
pub enum Reply {
    /// The response.
    Ready(Outcome),
    /// The response, later.
    Pending(Pin<Box<dyn Future<Output = Outcome>>>),
    /// None: another instance answers.
    Elsewhere,
}

/// A request that found its route.
pub struct Call<'a, S> {
    /// The request.
    pub request: &'a Request,
    /// Its context.
    pub context: &'a Context,
    /// The path's parameters, decoded, in the order of the pattern.
    pub params: &'a [(&'a str, Cow<'a, str>)],
    /// What the whole application shares.
    pub state: &'a Rc<S>,
}

/// A handler as the route table keeps it.
pub(super) type BoxedHandler<S> = Box<dyn Fn(&Call<'_, S>) -> Reply>;

/// A function that can answer a request. `M` marks its shape and is always inferred.
pub trait Handler<S, M>: 'static {
    /// Answers.
    fn call(&self, call: &Call<'_, S>) -> Reply;
}

/// Marks handlers that answer at once.
pub struct Now;
/// Marks handlers that answer with a future.
pub struct Later;
/// Marks handlers that answer with a future and read the body.
pub struct LaterWithBody;

macro_rules! handlers {
    ($($part:ident)*) => {
        #[allow(non_snake_case, unused_variables)]
        impl<S, F, R, $($part,)*> Handler<S, (Now, R, $($part,)*)> for F
        where
            F: Fn($($part,)*) -> R + 'static,
            R: IntoResponse,
            $($part: Extract<S>,)*
        {
            fn call(&self, call: &Call<'_, S>) -> Reply {
                $(let $part = match $part::extract(call) {
                    Ok(part) => part,
                    Err(problem) => return Reply::Ready(Err(problem)),
                };)*
                Reply::Ready(self($($part,)*).into_response())
            }
        }

        #[allow(non_snake_case, unused_variables)]
        impl<S, F, R, $($part,)*> Handler<S, (Later, R, $($part,)*)> for F
        where
            F: Fn($($part,)*) -> R + 'static,
            R: Future<Output: IntoResponse> + 'static,
            $($part: Extract<S>,)*
        {
            fn call(&self, call: &Call<'_, S>) -> Reply {
                $(let $part = match $part::extract(call) {
                    Ok(part) => part,
                    Err(problem) => return Reply::Ready(Err(problem)),
                };)*
                let future = self($($part,)*);
                Reply::Pending(Box::pin(async move { future.await.into_response() }))
            }
        }

        #[allow(non_snake_case, unused_variables)]
        impl<S, F, R, $($part,)* Last> Handler<S, (LaterWithBody, R, $($part,)* Last)> for F
        where
            F: Fn($($part,)* Last) -> R + Clone + 'static,
            R: Future<Output: IntoResponse> + 'static,
            $($part: Extract<S> + 'static,)*
            Last: ExtractBody + 'static,
        {
            fn call(&self, call: &Call<'_, S>) -> Reply {
                $(let $part = match $part::extract(call) {
                    Ok(part) => part,
                    Err(problem) => return Reply::Ready(Err(problem)),
                };)*
                let handler = self.clone();
                let body = Last::extract_body(call.request.clone());
                Reply::Pending(Box::pin(async move { handler($($part,)* body.await?).await.into_response() }))
            }
        }
    };
}

handlers!();
handlers!(A);
handlers!(A B);
handlers!(A B C);
handlers!(A B C D);
handlers!(A B C D E);
handlers!(A B C D E G);
