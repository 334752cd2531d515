//! The way of a request through the cache.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use crate::bridge::{Body, Context, Problem, Request, Response, clock};

use super::entry::{Fresh, Kept, Meta, Staleness};
use super::store::{self, Key, Revalidations};
use super::{Freshness, State};

/// Keeps good answers. One for each isolate.
#[derive(Debug)]
pub struct Cache {
    /// Off: every answer is made anew.
    pub enabled: bool,
    /// How long answers are used.
    pub freshness: Freshness,
    /// What tells this deployment's answers from those of others that share a store.
    deployment: String,
    running: Rc<RefCell<Revalidations>>,
}

/// Grows when what is kept, or what it is kept under, changes its form: an older program's answers are not found then.
const FORM: u32 = 2;

/// What makes an answer, if it is needed; boxed, so that this file is compiled once and not once a route.
pub type Make = LocalBoxFuture<'static, Result<Fresh, Problem>>;

/// A request that may be answered from the cache.
pub struct Lookup {
    /// The request.
    pub request: Request,
    /// Its context.
    pub context: Context,
    /// What is asked for, beginning with a slash: the same for every spelling of the same question.
    pub question: String,
    /// The address of the list without its cursor, for the link to its next page.
    pub list: Option<String>,
}

impl Cache {
    /// The cache of the deployment whose answers come from `source`: the project's address, and the key that it is asked with.
    pub fn new(enabled: bool, freshness: Freshness, source: (&str, &str)) -> Cache {
        let mut hasher = DefaultHasher::new();
        (FORM, source).hash(&mut hasher);
        Cache { enabled, freshness, deployment: format!("{:016x}", hasher.finish()), running: Rc::default() }
    }

    /// Answers with a kept answer if that is good enough, otherwise with the one that `make` makes; with an old one rather than a problem
    /// of the upstream.
    pub async fn answer(&self, lookup: Lookup, make: Make) -> Result<Response, Problem> {
        if !self.enabled {
            return Ok(self.fresh(&lookup, make.await?, clock::now_ms()).0);
        }
        let key = Key::new(lookup.request.origin(), &self.deployment, &lookup.question);
        let Some(kept) = store::get(&lookup.context, &key, self.freshness).await else {
            return self.make(lookup, key, make, None).await;
        };
        match self.freshness.state(kept.meta.age(clock::now_ms())) {
            State::Fresh => Ok(self.kept(&lookup, kept, Staleness::None)),
            State::Stale => {
                self.revalidate(&lookup, key, make);
                Ok(self.kept(&lookup, kept, Staleness::Revalidating))
            }
            State::LastResort => self.make(lookup, key, make, Some(kept)).await,
        }
    }

    async fn make(&self, lookup: Lookup, key: Key, make: Make, last_resort: Option<Kept>) -> Result<Response, Problem> {
        match (make.await, last_resort) {
            (Ok(fresh), _) => {
                let (response, meta) = self.fresh(&lookup, fresh.clone(), clock::now_ms());
                self.keep(&lookup, key, fresh, meta);
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
    fn revalidate(&self, lookup: &Lookup, key: Key, make: Make) {
        if !self.running.borrow_mut().begin(key.url(), clock::now_ms()) {
            return;
        }
        let (running, context, freshness) = (self.running.clone(), lookup.context.clone(), self.freshness);
        lookup.context.wait_until(async move {
            match make.await {
                Ok(fresh) => {
                    let meta = Meta::of(&fresh, clock::now_ms());
                    store::put(&context, &key, fresh, meta, freshness).await;
                }
                Err(problem) => tracing::warn!(code = problem.kind().code, "an old answer can't be made anew"),
            }
            running.borrow_mut().end(key.url());
        });
    }

    fn keep(&self, lookup: &Lookup, key: Key, fresh: Fresh, meta: Meta) {
        let (context, freshness) = (lookup.context.clone(), self.freshness);
        lookup.context.wait_until(async move { store::put(&context, &key, fresh, meta, freshness).await });
    }

    fn fresh(&self, lookup: &Lookup, fresh: Fresh, now_ms: f64) -> (Response, Meta) {
        let meta = Meta::of(&fresh, now_ms);
        let body = Body::Bytes(fresh.body);
        (
            meta.clone().respond(
                body,
                &lookup.request,
                lookup.list.as_deref(),
                &self.freshness,
                now_ms,
                Staleness::None,
            ),
            meta,
        )
    }

    fn kept(&self, lookup: &Lookup, kept: Kept, staleness: Staleness) -> Response {
        let list = lookup.list.as_deref();
        kept.meta.respond(kept.body, &lookup.request, list, &self.freshness, clock::now_ms(), staleness)
    }
}
