//! Which executions a list shows.

use crate::functions::caller::Caller;
use crate::functions::moment::Moment;
use crate::functions::store::statement::Args;
use crate::functions::{FunctionRef, UserId};

/// Which executions a caller may see: their own calls, and every call of a function that they may change. What a function logged while it answered over
/// HTTP is for the latter alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionScope {
    /// Calls by this user, and of this user's functions.
    pub user: Option<UserId>,
    /// Calls of the system's and the admins' functions.
    pub admin: bool,
}

impl ExecutionScope {
    /// What `caller` may see; `None` if nobody is signed in.
    pub fn of(caller: &Caller) -> Option<ExecutionScope> {
        let scope = ExecutionScope { user: caller.user().cloned(), admin: caller.is_admin() };
        caller.is_signed_in().then_some(scope)
    }
}

/// What a list shows of what it may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutionFilter {
    /// Of this function only; by name, of whatever was called so then.
    pub function: Option<FunctionRef>,
    /// Only those that ended so: `ok` or `failed`.
    pub status: Option<&'static str>,
    /// Only those that failed with this code.
    pub code: Option<String>,
    /// Only those that this user called.
    pub caller: Option<String>,
    /// Only those that began then or later.
    pub since: Option<Moment>,
    /// Only those that began earlier.
    pub until: Option<Moment>,
    /// Only those that stand after this one in the list.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: u32,
}

impl ExecutionFilter {
    /// The same as a statement's arguments.
    pub(crate) fn args(&self) -> Args {
        let (id, name) = match &self.function {
            Some(FunctionRef::Id(id)) => (Some(id.as_str()), None),
            Some(FunctionRef::Name(name)) => (None, Some(name.as_str())),
            None => (None, None),
        };
        let after = self.after.as_ref();
        let shown = |moment: Option<Moment>| moment.map(|moment| moment.to_string());
        Args::new()
            .text("function_id", id)
            .text("function_name", name)
            .text("status", self.status)
            .text("code", self.code.as_deref())
            .text("caller", self.caller.as_deref())
            .text("since", shown(self.since).as_deref())
            .text("until", shown(self.until).as_deref())
            .text("after_time", after.map(|after| after.started_at.as_str()))
            .text("after_id", after.map(|after| after.id.as_str()))
            .number("most", self.limit)
    }
}

/// Where an execution stands in a list, which goes from the latest to the earliest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Place {
    /// When it began, as a [`Moment`] is shown.
    pub started_at: String,
    /// Its id.
    pub id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sees_nothing_and_only_admins_see_what_is_the_deployments() {
        let ann = UserId::new("ann");
        let scope = |user: Option<&UserId>, admin| Some(ExecutionScope { user: user.cloned(), admin });
        for (caller, wanted) in [
            (Caller::Anonymous, None),
            (Caller::User(ann.clone()), scope(Some(&ann), false)),
            (Caller::Admin(Some(ann.clone())), scope(Some(&ann), true)),
            (Caller::Admin(None), scope(None, true)),
        ] {
            assert_eq!(ExecutionScope::of(&caller), wanted, "{caller:?}");
        }
    }
}
