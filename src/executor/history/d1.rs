//! Executions in D1.

use serde_json::value::RawValue;

use super::filter::{ExecutionFilter, ExecutionScope};
use super::store::Executions;
use crate::functions::FunctionRef;
use crate::functions::store::statement::Args;
use crate::functions::store::{D1, StoreError};

impl Executions for D1 {
    async fn add(&self, executions: &str) -> Result<(), StoreError> {
        self.run(include_str!("sql/add.sql"), Args::new().raw("executions", executions)).await.map(drop)
    }

    async fn list(&self, scope: &ExecutionScope, filter: &ExecutionFilter) -> Result<Vec<Box<RawValue>>, StoreError> {
        let args = filter.args().text("user", scope.user.as_ref().map(|user| user.as_str())).flag("admin", scope.admin);
        let statement = match filter.function {
            Some(FunctionRef::Id(_)) => include_str!("sql/list_of_function.sql"),
            _ => include_str!("sql/list.sql"),
        };
        self.run(statement, args).await?.all()
    }

    async fn forget(&self, days: u32) -> Result<u32, StoreError> {
        let forgotten = self.run(include_str!("sql/forget.sql"), Args::new().number("days", days)).await?;
        Ok(forgotten.all::<bool>()?.len() as u32)
    }
}
