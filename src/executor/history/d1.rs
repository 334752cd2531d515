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
        let (id, name) = match &filter.function {
            Some(FunctionRef::Id(id)) => (Some(id.as_str()), None),
            Some(FunctionRef::Name(name)) => (None, Some(name.as_str())),
            None => (None, None),
        };
        let after = filter.after.as_ref();
        let args = Args::new()
            .text("user", scope.user.as_ref().map(|user| user.as_str()))
            .flag("admin", scope.admin)
            .text("function_id", id)
            .text("function_name", name)
            .text("status", filter.status)
            .text("code", filter.code.as_deref())
            .text("caller", filter.caller.as_deref())
            .text("since", filter.since.as_deref())
            .text("until", filter.until.as_deref())
            .text("after_time", after.map(|after| after.started_at.as_str()))
            .text("after_id", after.map(|after| after.id.as_str()))
            .number("limit", filter.limit);
        self.run(include_str!("sql/list.sql"), args).await?.all()
    }

    async fn forget(&self, days: u32) -> Result<u32, StoreError> {
        let forgotten = self.run(include_str!("sql/forget.sql"), Args::new().number("days", days)).await?;
        Ok(forgotten.all::<bool>()?.len() as u32)
    }
}
