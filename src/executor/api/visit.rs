//! A request for a call: one extractor for both handlers.

use std::rc::Rc;

use crate::app::App;
use crate::bridge::extract::Extract;
use crate::bridge::handler::Call;
use crate::bridge::{Context, Problem, Request};
use crate::functions::{Caller, FunctionId};

/// What a handler gets to see.
pub(super) struct Visit {
    pub(super) app: Rc<App>,
    pub(super) context: Context,
    pub(super) request: Request,
    /// The function that the path names, if it names one.
    pub(super) name: Option<String>,
}

impl Extract<App> for Visit {
    fn extract(call: &Call<'_, App>) -> Result<Self, Problem> {
        Ok(Visit {
            app: call.state.clone(),
            context: call.context.clone(),
            request: call.request.clone(),
            name: call.params.first().map(|(_, value)| value.to_string()),
        })
    }
}

impl Visit {
    /// Who calls, if they don't call too often.
    pub(super) async fn caller(&self) -> Result<Caller, Problem> {
        self.app.caller(&self.context, &self.request).await
    }

    /// Counts a call of a function.
    pub(super) async fn admit(&self, function: &FunctionId) -> Result<(), Problem> {
        self.app.limits.admit_function(self.context.env(), function).await
    }
}
