//! The clock's side of a store: which functions have a schedule, and who may call them when.

#[cfg(feature = "conformance")]
pub mod conformance;

use serde::Deserialize;

use super::statement::{Args, json};
use super::{D1, StoreError};
use crate::functions::function::Function;
use crate::functions::id::FunctionId;

/// What a store knows for the clock.
pub trait Schedules {
    /// Every function that has a schedule and a module to run.
    fn scheduled(&self) -> impl Future<Output = Result<Vec<Scheduled>, StoreError>>;

    /// Claims minutes in which functions are due: those functions whose claim was the first, or for a later minute than any before.
    fn claim(&self, claims: &[Claim]) -> impl Future<Output = Result<Vec<Function>, StoreError>>;
}

/// A function with a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Scheduled {
    /// Its id.
    pub id: FunctionId,
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

    async fn claim(&self, claims: &[Claim]) -> Result<Vec<Function>, StoreError> {
        self.run(include_str!("../sql/claim.sql"), Args::new().raw("claims", &json(&claims))).await?.all()
    }
}
