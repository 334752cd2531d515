//! Where executions are kept.

use serde_json::value::RawValue;

use super::filter::{ExecutionFilter, ExecutionScope};
use crate::functions::FunctionId;
use crate::functions::store::StoreError;

/// A store of executions. Each call is one transaction.
pub trait Executions {
    /// Keeps executions, given as the text of a JSON array of their rows ([`COLUMNS`](super::row::COLUMNS)). One whose id is there already stays as it is, so the
    /// same array can be given again after a failure; one that the tables don't take is left out, so that it can't stand in the others' way for ever.
    fn add(&self, rows: &str) -> impl Future<Output = Result<(), StoreError>>;

    /// The executions in `scope` that `filter` chooses, the latest first, each as the JSON that the API shows: of a call over HTTP, `logs` is `null` to
    /// whoever may not change the function.
    fn list(
        &self,
        scope: &ExecutionScope,
        filter: &ExecutionFilter,
    ) -> impl Future<Output = Result<Vec<Box<RawValue>>, StoreError>>;

    /// Forgets at most 1,000 executions that began `days` days ago or earlier; how many.
    fn forget(&self, days: u32) -> impl Future<Output = Result<u32, StoreError>>;

    /// While executions take more than `bytes` in all, as estimated: whichever function's take the most loses its earliest, at most 1,000, until what is above is
    /// gone. Whether any went.
    fn shrink(&self, bytes: u64) -> impl Future<Output = Result<bool, StoreError>>;

    /// How many bytes the executions of a function are counted for, or those of all.
    fn bytes(&self, of: Option<&FunctionId>) -> impl Future<Output = Result<u64, StoreError>>;
}
