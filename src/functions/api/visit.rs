//! A request to the control plane: one extractor for all its handlers.

use std::rc::Rc;

use serde_json::value::RawValue;

use crate::app::App;
use crate::bridge::extract::Extract;
use crate::bridge::handler::Call;
use crate::bridge::{Context, Kind, Problem, Request};
use crate::functions::access::Denied;
use crate::functions::artifacts::Objects;
use crate::functions::caller::Caller;
use crate::functions::function::Function;
use crate::functions::id::{FunctionId, FunctionRef};
use crate::functions::precondition;
use crate::functions::revision::ModuleVersion;
use crate::functions::store::{Database, Quota, Store, StoreError};

/// What a handler gets to see.
pub(super) struct Visit {
    pub(super) app: Rc<App>,
    pub(super) context: Context,
    pub(super) request: Request,
    params: Vec<String>,
}

impl Extract<App> for Visit {
    fn extract(call: &Call<'_, App>) -> Result<Self, Problem> {
        Ok(Visit {
            app: call.state.clone(),
            context: call.context.clone(),
            request: call.request.clone(),
            params: call.params.iter().map(|(_, value)| value.to_string()).collect(),
        })
    }
}

impl Visit {
    /// Who calls, if they don't call too often.
    pub(super) async fn caller(&self) -> Result<Caller, Problem> {
        self.app.caller(&self.context, &self.request).await
    }

    /// The store, as the caller uses it.
    pub(super) fn store(&self) -> Result<Database, Problem> {
        let authorization = self.request.header("authorization");
        Ok(Database::of_caller(&self.app.settings, self.context.env(), authorization.as_deref())?)
    }

    /// The store of bytes, as the caller uses it for a function.
    pub(super) fn artifacts(&self, caller: &Caller, function: &FunctionId) -> Result<Objects, Problem> {
        let authorization = self.request.header("authorization");
        let (settings, env) = (&self.app.settings, self.context.env());
        Ok(Objects::of_caller(settings, env, authorization.as_deref(), caller.user(), function)?)
    }

    pub(super) fn quota(&self) -> Quota {
        let settings = &self.app.settings;
        Quota { functions: settings.functions_per_user, bytes: u64::from(settings.storage_per_user_mib) * 1024 * 1024 }
    }

    /// The function that the path names, whoever may read it: what the caller may do is still to be asked.
    pub(super) async fn function(&self, store: &Database) -> Result<Function, Problem> {
        let which = self.params.first().and_then(|text| FunctionRef::parse(text)).ok_or(Denied::Hidden)?;
        Ok(store.find(&which).await?.ok_or(Denied::Hidden)?)
    }

    /// The version that the path names.
    pub(super) fn version(&self) -> Result<ModuleVersion, Problem> {
        let text = self.params.get(1).map_or("", String::as_str);
        ModuleVersion::parse(text).ok_or_else(|| {
            Problem::new(Kind::INVALID_PARAMETER)
                .with_detail(format!("version: expected a whole number from 1 to {}, got {text:?}", i32::MAX))
        })
    }

    /// What a client learns of a store's error: what was changed in between breaks the condition of whoever sent one.
    pub(super) fn refused(&self, error: StoreError) -> Problem {
        if error == StoreError::Stale && self.request.header("if-match").is_some() {
            return Problem::new(Kind::PRECONDITION_FAILED).with_detail(error.to_string());
        }
        error.into()
    }

    /// Refuses a change of a function that isn't in the revision that `If-Match` names.
    pub(super) fn check_precondition(&self, function: &Function) -> Result<(), Problem> {
        let current = function.etag();
        if precondition::allows_change(self.request.header("if-match").as_deref(), &current) {
            return Ok(());
        }
        Err(Problem::new(Kind::PRECONDITION_FAILED)
            .with_detail(format!("the function is in revision {}, its ETag is {current}", function.revision.0))
            .with_header("etag", current))
    }

    /// The members of a JSON body, as its text: an object, and nothing else that serde would take for one.
    pub(super) fn object<'t, T: serde::Deserialize<'t>>(&self, text: &'t str) -> Result<T, Problem> {
        let invalid = |detail: String| Problem::new(Kind::INVALID_BODY).with_detail(detail);
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
        if !raw.get().starts_with('{') {
            return Err(invalid("expected a JSON object".to_owned()));
        }
        serde_json::from_str(text).map_err(|error| invalid(error.to_string()))
    }
}
