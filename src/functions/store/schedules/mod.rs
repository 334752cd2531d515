//! The clock's side of a store: which functions have a schedule, and who may call them when.

#[cfg(feature = "conformance")]
pub mod conformance;

use serde::Deserialize;

use super::statement::Args;
use super::{D1, StoreError};
use crate::functions::function::Function;
use crate::functions::id::FunctionId;

/// What a store knows for the clock.
pub trait Schedules {
    /// Every function that has a schedule and a module to run.
    fn scheduled(&self) -> impl Future<Output = Result<Vec<Scheduled>, StoreError>>;

    /// Claims a minute in which a function is due: the function, if the claim was its first or for a later minute than any before.
    fn claim(&self, claim: &Claim) -> impl Future<Output = Result<Option<Function>, StoreError>>;
}

/// A function with a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Scheduled {
    /// Its id.
    pub id: FunctionId,
    /// Whose it is; nobody's if the service role made it.
    pub owner: Option<Box<str>>,
    /// Its schedule.
    pub cron: String,
    /// The last minute that was claimed for it, or its last change, whatever is later (RFC 3339): it is due only after that.
    pub after: String,
}

/// A claim to a function's minute.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Claim {
    /// The function.
    pub id: FunctionId,
    /// The minute's beginning (RFC 3339).
    pub minute: String,
}

impl Schedules for D1 {
    async fn scheduled(&self) -> Result<Vec<Scheduled>, StoreError> {
        self.run(include_str!("../sql/scheduled.sql"), Args::new()).await?.all()
    }

    async fn claim(&self, claim: &Claim) -> Result<Option<Function>, StoreError> {
        let args = Args::new().text("id", Some(claim.id.as_str())).text("minute", Some(&claim.minute));
        Ok(self.run(include_str!("../sql/claim.sql"), args).await?.all()?.pop())
    }
}
