//! Executions in D1.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::value::RawValue;

use super::filter::{ExecutionFilter, ExecutionScope};
use super::store::Executions;
use crate::bridge::clock;
use crate::functions::moment::Moment;
use crate::functions::store::statement::{Args, with_file};
use crate::functions::store::{D1, StoreError};
use crate::functions::{FunctionId, FunctionRef};

const PAGE: &str = include_str!("sql/page.sql");
/// The executions that somebody called, to them: one rule for whose log it is, in both lists.
const CALLED: &str = include_str!("sql/called.sql");
static LIST: LazyLock<String> = LazyLock::new(|| list(include_str!("sql/list.sql")));
static LIST_OF_FUNCTION: LazyLock<String> = LazyLock::new(|| list(include_str!("sql/list_of_function.sql")));

fn list(branches: &str) -> String {
    with_file(&with_file(branches, "called.sql", CALLED), "page.sql", PAGE)
}

impl Executions for D1 {
    async fn add(&self, rows: &str) -> Result<(), StoreError> {
        self.run(include_str!("sql/add.sql"), Args::new().raw("rows", rows)).await.map(drop)
    }

    async fn list(&self, scope: &ExecutionScope, filter: &ExecutionFilter) -> Result<Vec<Box<RawValue>>, StoreError> {
        let args = filter.args().text("user", scope.user.as_ref().map(|user| user.as_str())).flag("admin", scope.admin);
        let statement = match filter.function {
            Some(FunctionRef::Id(_)) => &*LIST_OF_FUNCTION,
            _ => &*LIST,
        };
        self.run(statement, args).await?.all()
    }

    async fn forget(&self, days: u32) -> Result<u32, StoreError> {
        let before = Moment::of_ms(clock::now_ms() - clock::ms(Duration::from_hours(24) * days)).to_string();
        let forgotten = self.run(include_str!("sql/forget.sql"), Args::new().text("before", Some(&before))).await?;
        Ok(forgotten.all::<bool>()?.len() as u32)
    }

    async fn shrink(&self, bytes: u64) -> Result<bool, StoreError> {
        self.run(include_str!("sql/shrink.sql"), Args::new().number("bytes", bytes)).await?.any(3)
    }

    async fn bytes(&self, of: Option<&FunctionId>) -> Result<u64, StoreError> {
        self.run(include_str!("sql/bytes.sql"), Args::new().text("id", of.map(FunctionId::as_str))).await?.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::store::statement::paged_branches;

    #[test]
    fn every_branch_of_a_list_is_a_page() {
        assert_eq!(paged_branches(&LIST, PAGE), 4);
        assert_eq!(paged_branches(&LIST_OF_FUNCTION, PAGE), 2);
        for list in [&LIST, &LIST_OF_FUNCTION] {
            assert_eq!(list.matches(CALLED).count(), 1, "{}", **list);
        }
    }
}
