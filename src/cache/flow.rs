//! The way of a request through the cache.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use crate::bridge::{Body, Context, Problem, Request, Response, clock};

use super::entry::{Fresh, Kept, Meta, Staleness};
use super::store::{self, Revalidations};
use super::{Freshness, State};

/// Keeps good answers. One for each isolate.
#[derive(Debug)]
pub struct Cache {
    /// Off: every answer is made anew.
    pub enabled: bool,
    /// How long answers are used.
    pub freshness: Freshness,
    running: Rc<RefCell<Revalidations>>,
}

/// What makes an answer, if it is needed; boxed, so that this file is compiled once and not once a route.
pub type Make = LocalBoxFuture<'static, Result<Fresh, Problem>>;

/// A request that may be answered from the cache.
pub struct Lookup {
    /// The request.
    pub request: Request,
    /// Its context.
    pub context: Context,
    /// What is asked for: an absolute URL, the same for every spelling of the same question.
    pub key: String,
}

impl Cache {
    /// An empty cache.
    pub fn new(enabled: bool, freshness: Freshness) -> Cache {
        Cache { enabled, freshness, running: Rc::default() }
    }

    /// Answers with a kept answer if that is good enough, otherwise with the one that `make` makes; with an old one rather than a problem
    /// of the upstream.
    pub async fn answer(&self, lookup: Lookup, make: Make) -> Result<Response, Problem> {
        if !self.enabled {
            return Ok(self.fresh(&lookup, make.await?, clock::now_ms()).0);
        }
        let Some(kept) = store::get(&lookup.context, &lookup.key).await else {
            return self.make(lookup, make, None).await;
        };
        match self.freshness.state(kept.meta.age(clock::now_ms())) {
            State::Fresh => Ok(self.kept(&lookup, kept, Staleness::None)),
            State::Stale => {
                self.revalidate(&lookup, make);
                Ok(self.kept(&lookup, kept, Staleness::Revalidating))
            }
            State::LastResort => self.make(lookup, make, Some(kept)).await,
        }
    }

    async fn make(&self, lookup: Lookup, make: Make, last_resort: Option<Kept>) -> Result<Response, Problem> {
        match (make.await, last_resort) {
            (Ok(fresh), _) => {
                let (response, meta) = self.fresh(&lookup, fresh.clone(), clock::now_ms());
                self.keep(&lookup, fresh, meta);
                Ok(response)
            }
            (Err(problem), Some(kept)) if problem.kind().status >= 500 => {
                tracing::warn!(code = problem.kind().code, "an old answer takes the place of a problem");
                Ok(self.kept(&lookup, kept, Staleness::Failed))
            }
            (Err(problem), _) => Err(problem),
        }
    }

    /// Makes the answer anew after the response, unless that is being done.
    fn revalidate(&self, lookup: &Lookup, make: Make) {
        if !self.running.borrow_mut().begin(&lookup.key, clock::now_ms()) {
            return;
        }
        let (running, context, key, freshness) =
            (self.running.clone(), lookup.context.clone(), lookup.key.clone(), self.freshness);
        lookup.context.wait_until(async move {
            match make.await {
                Ok(fresh) => {
                    let meta = Meta::of(&fresh, clock::now_ms());
                    store::put(&context, &key, fresh, meta, freshness).await;
                }
                Err(problem) => tracing::warn!(code = problem.kind().code, "an old answer can't be made anew"),
            }
            running.borrow_mut().end(&key);
        });
    }

    fn keep(&self, lookup: &Lookup, fresh: Fresh, meta: Meta) {
        let (context, key, freshness) = (lookup.context.clone(), lookup.key.clone(), self.freshness);
        lookup.context.wait_until(async move { store::put(&context, &key, fresh, meta, freshness).await });
    }

    fn fresh(&self, lookup: &Lookup, fresh: Fresh, now_ms: f64) -> (Response, Meta) {
        let meta = Meta::of(&fresh, now_ms);
        let body = Body::Bytes(fresh.body);
        (meta.clone().respond(body, &lookup.request, &self.freshness, now_ms, Staleness::None), meta)
    }

    fn kept(&self, lookup: &Lookup, kept: Kept, staleness: Staleness) -> Response {
        kept.meta.respond(kept.body, &lookup.request, &self.freshness, clock::now_ms(), staleness)
    }
}
