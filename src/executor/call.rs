//! One call, from the permission for it to its outcome.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::cache::Lru;
use super::called::{Called, lost};
use super::failure::Failure;
use super::flight::{self, Flights};
use super::known::{Found, Known};
use super::limits::{
    AT_ONCE, BUNDLE_TURN, BUNDLE_WAIT, KEPT_BUNDLES, ROOM_WAIT, answered_within, held_at_most, loading,
};
use super::runnable::{Permitted, Runnable};
use super::slots::SlotTable;
use crate::bridge::held::Held;
use crate::bridge::host_body::HostBody;
use crate::bridge::isolate::HostBundle;
use crate::bridge::room::{Asked, Place};
use crate::bridge::{Context, Kind, Request, clock, promise};
use crate::functions::artifacts::{ArtifactError, Artifacts, Objects};
use crate::functions::module::Module;
use crate::functions::store::{Database, Store};
use crate::functions::{ArtifactHash, FunctionId, FunctionRef};
use crate::settings::Settings;

/// What an isolate of ours knows from one call to the next: nothing of it is about a call.
#[derive(Debug)]
pub struct Executor {
    pub(super) settings: Settings,
    known: RefCell<Known<Runnable>>,
    slots: RefCell<SlotTable>,
    bundles: RefCell<Lru<HostBundle>>,
    /// Bundles on their way here.
    coming: Flights<Result<HostBundle, Failure>>,
}

/// What is called.
#[derive(Debug)]
pub enum Task<'t> {
    /// The handler of HTTP requests.
    Http {
        /// The client's request.
        request: &'t Request,
        /// Path and query below the function's address.
        url: String,
    },
    /// An export.
    Export {
        /// Its name.
        name: &'t str,
        /// The JSON text of an array.
        args: &'t HostBody,
        /// The time that the call has, in milliseconds.
        ms: u32,
    },
}

impl Executor {
    /// Runs what the deployment's store has, and knows it for as long as its settings say.
    pub fn new(settings: &Settings) -> Executor {
        Executor {
            settings: settings.clone(),
            known: RefCell::new(Known::new(settings.function_cache_seconds)),
            slots: RefCell::default(),
            bundles: RefCell::new(Lru::new(KEPT_BUNDLES.0, KEPT_BUNDLES.1)),
            coming: Flights::default(),
        }
    }

    /// The function of this id or name with what its calls need, if there is one.
    pub async fn resolve(&self, context: &Context, which: &FunctionRef) -> Result<Option<Rc<Runnable>>, Failure> {
        let now = clock::now_ms();
        let since = self.known.borrow().since();
        if let Some(known) = self.known.borrow().get(which, now) {
            return Ok(Some(known));
        }
        let unavailable = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a function can't be resolved");
            Failure::new(Kind::UNAVAILABLE, "functions can't be looked up now; try again")
        };
        let store = Database::of_platform(&self.settings, context.env()).map_err(|error| unavailable(&error))?;
        let Some((function, module)) = store.resolve(which).await.map_err(|error| unavailable(&error))? else {
            return Ok(None);
        };
        let id = function.id.clone();
        let slots = self.slots.borrow_mut().of(&id, AT_ONCE);
        let runnable = Runnable::new(function, module, slots).map_err(lost)?;
        let bytes = runnable.bytes();
        let runnable = Rc::new(runnable);
        self.known.borrow_mut().put(which, Found { id, value: runnable.clone(), bytes }, since, now);
        Ok(Some(runnable))
    }

    /// Forgets a function that was changed: its next call asks again.
    pub fn forget(&self, id: &FunctionId) {
        self.known.borrow_mut().forget(id);
    }

    /// Forgets a function that may be changed within so many milliseconds yet.
    pub(super) fn distrust(&self, id: &FunctionId, for_ms: f64) {
        self.known.borrow_mut().distrust(id, clock::now_ms(), for_ms);
    }

    /// Calls.
    pub async fn call(&self, context: &Context, permitted: &Permitted, task: Task<'_>) -> Called {
        let started = clock::now_ms();
        let mut called = match self.begin(context, permitted).await {
            Ok((_slot, bundle, cache_hit)) => {
                let mut called = run(context, permitted, bundle, task).await;
                called.spent.cache_hit = cache_hit;
                called
            }
            Err(failure) => Called::failed(failure),
        };
        called.spent.ms = clock::since_ms(started);
        called
    }

    /// A place for the call, and the bundle that it runs.
    async fn begin(&self, context: &Context, permitted: &Permitted) -> Result<(Place, HostBundle, bool), Failure> {
        let Some(module) = &permitted.module else {
            return Err(Failure::new(Kind::MODULE_NOT_FOUND, "the function has no module yet; upload one"));
        };
        let Some(prepared) = &module.prepared else {
            let detail = "the module was never prepared; upload it again";
            return Err(Failure::new(Kind::COMPILATION_FAILED, detail));
        };
        let hash = &prepared.bundle;
        let slot = place(permitted).await?;
        if let Some(kept) = self.bundles.borrow_mut().get(hash.as_str()) {
            return Ok((slot, kept, true));
        }
        let fetched = clock::within(BUNDLE_WAIT, self.fetched(context, permitted, module, hash)).await;
        Ok((slot, fetched.unwrap_or_else(|| Err(unreadable()))?, false))
    }

    /// The bundle, read by one call for all that want it meanwhile; by another as well if that one's client leaves, or nothing is heard of it for too long.
    async fn fetched(
        &self,
        context: &Context,
        permitted: &Permitted,
        module: &Module,
        hash: &ArtifactHash,
    ) -> Result<HostBundle, Failure> {
        loop {
            let now = clock::now_ms();
            match self.coming.ask(hash.as_str(), now, now + clock::ms(BUNDLE_TURN)) {
                flight::Asked::Mine(turn) => {
                    let read = self.stored(context, permitted, module, hash).await;
                    if let Ok(bundle) = &read {
                        self.bundles.borrow_mut().put(hash.as_str(), bundle.clone(), bundle.size);
                    }
                    turn.end(read.clone());
                    return read;
                }
                flight::Asked::Anothers(waiting) => {
                    let longest = clock::until(waiting.until());
                    promise::told_within(longest, |signal| waiting.when_over(move || signal.send())).await;
                    if let Some(outcome) = waiting.outcome() {
                        return outcome;
                    }
                }
            }
        }
    }

    /// Reads and checks a bundle, once there is room for it.
    async fn stored(
        &self,
        context: &Context,
        permitted: &Permitted,
        module: &Module,
        hash: &ArtifactHash,
    ) -> Result<HostBundle, Failure> {
        let unusable = |error: ArtifactError| match error {
            ArtifactError::Missing | ArtifactError::Corrupt => {
                tracing::error!(bundle = hash.as_str(), %error, "a bundle can't be run");
                let detail = "the module's bundle is damaged or missing; upload the module again";
                Failure::new(Kind::ARTIFACT_CORRUPT, detail)
            }
            _ => unreadable(),
        };
        let artifacts = Objects::of_platform(&self.settings, context.env(), Some(&permitted.function.id));
        let found = artifacts.map_err(unusable)?.find_bundle(&module.sha256, hash).await.map_err(unusable)?;
        let size = found.size().unwrap_or_else(|| loading(module.size));
        // Packed. Its files are kept, in room that is made below.
        let _held = Held::load(size, BUNDLE_WAIT, ROOM_WAIT).await?;
        let packed = found.read().await.map_err(unusable)?;
        // Before there are two of it.
        self.bundles.borrow_mut().make_room(packed.len());
        HostBundle::unpack(&packed).map_err(lost)
    }
}

/// A place among the function's calls, waited for no longer than a call may take.
async fn place(permitted: &Permitted) -> Result<Place, Failure> {
    let overloaded = || Failure::new(Kind::OVERLOADED, "the function has as many calls under way as it may; try again");
    let longest = Duration::from_millis(permitted.function.max_execution_ms.into());
    let now = clock::now_ms();
    let waiting = match permitted.slots.ask(now, now + clock::ms(held_at_most(longest))) {
        Asked::Place(place) => return Ok(place),
        Asked::Full => return Err(overloaded()),
        Asked::Waiting(waiting) => waiting,
    };
    waiting.within(longest).await.ok_or_else(overloaded)
}

fn unreadable() -> Failure {
    Failure::new(Kind::UNAVAILABLE, "modules can't be read now; try again")
}

async fn run(context: &Context, permitted: &Permitted, bundle: HostBundle, task: Task<'_>) -> Called {
    let Some(isolate) = &permitted.isolate else {
        return Called::failed(Failure::new(Kind::INTERNAL, "the function's isolate is not known"));
    };
    let answer = match task {
        Task::Http { request, url } => {
            let longest = Duration::from_millis(permitted.function.max_execution_ms.into());
            isolate.trigger(context, bundle, request, &url, answered_within(longest)).await
        }
        Task::Export { name, args, ms } => {
            let limit = answered_within(Duration::from_millis(ms.into()));
            isolate.call(context, bundle, name, args, ms, limit).await
        }
    };
    match answer {
        Ok(answer) => Called::told(answer).await,
        Err(error) => Called::failed(lost(error)),
    }
}
