//! Who may do what with a function: the one place that decides.
//!
//! Each question of [`Access`] gives the thing that it permits, and whatever acts on a function takes that: nobody can skip the question.
//!
//! | owner_type | create | read | execute | update | delete |
//! |---|---|---|---|---|---|
//! | system | admin | everyone signed in | everyone signed in | admin | admin |
//! | admin | admin | admin | admin | admin | admin |
//! | user | everyone signed in | owner, and all if public | owner, and all if public | owner | owner |

use std::ops::Deref;

use thiserror::Error;

use super::caller::Caller;
use super::function::{Function, OwnerType, Trigger, Visibility};
use super::id::UserId;

/// Why something is not permitted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// The caller may not even know that the function is there.
    #[error("there is no such function")]
    Hidden,
    /// Somebody has to be signed in.
    #[error("this needs a signed-in user: send Authorization: Bearer and a token")]
    SignIn,
    /// The caller is known, and not one who may.
    #[error("only {0} may do this")]
    Forbidden(&'static str),
}

macro_rules! permits {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<'f>(&'f Function);

        impl Deref for $name<'_> {
            type Target = Function;

            fn deref(&self) -> &Function {
                self.0
            }
        }
    )*};
}

permits! {
    /// A function that the caller may read, its modules among it.
    Readable
    /// A function that the caller may execute.
    Executable
    /// A function whose settings and modules the caller may change.
    Updatable
    /// A function that the caller may delete.
    Deletable
}

/// The right to make a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creation {
    owner_type: OwnerType,
    owner: Option<UserId>,
}

impl Creation {
    /// Whose the function will be.
    pub fn owner_type(&self) -> OwnerType {
        self.owner_type
    }

    /// Who makes it; nobody if the service role does.
    pub fn owner(&self) -> Option<&UserId> {
        self.owner.as_ref()
    }
}

/// Which functions a list may show: what [`Access::read`] permits, for a store to ask its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The system's.
    pub system: bool,
    /// The admins'.
    pub admin: bool,
    /// The private ones of this user; public ones are in every scope.
    pub user: Option<UserId>,
}

/// The questions.
#[derive(Debug)]
pub enum Access {}

impl Access {
    /// Whether `caller` may make a function of `owner_type`.
    pub fn create(caller: &Caller, owner_type: OwnerType) -> Result<Creation, Denied> {
        if !caller.is_signed_in() {
            return Err(Denied::SignIn);
        }
        match owner_type {
            OwnerType::System | OwnerType::Admin if !caller.is_admin() => return Err(Denied::Forbidden("an admin")),
            OwnerType::User if caller.user().is_none() => {
                return Err(Denied::Forbidden("a user, which the service role is not,"));
            }
            _ => {}
        }
        Ok(Creation { owner_type, owner: caller.user().cloned() })
    }

    /// Whether `caller` may read `function`.
    pub fn read<'f>(caller: &Caller, function: &'f Function) -> Result<Readable<'f>, Denied> {
        may_see(caller, function).then_some(Readable(function)).ok_or(Denied::Hidden)
    }

    /// Whether `caller` may execute `function` by the API.
    pub fn execute<'f>(caller: &Caller, function: &'f Function) -> Result<Executable<'f>, Denied> {
        may_see(caller, function).then_some(Executable(function)).ok_or(Denied::Hidden)
    }

    /// Whether `caller` may call `function` over `/fn/…`: its trigger alone decides, so a private function can be a public page.
    pub fn trigger<'f>(caller: &Caller, function: &'f Function) -> Result<Executable<'f>, Denied> {
        match function.trigger {
            Trigger::Anonymous => Ok(Executable(function)),
            Trigger::SignedIn if caller.is_signed_in() => Ok(Executable(function)),
            Trigger::SignedIn if may_see(caller, function) => Err(Denied::SignIn),
            Trigger::SignedIn | Trigger::None => Err(Denied::Hidden),
        }
    }

    /// Whether the clock may call `function`: if its owner gave it a schedule.
    pub fn schedule(function: &Function) -> Result<Executable<'_>, Denied> {
        function.cron.as_ref().map(|_| Executable(function)).ok_or(Denied::Hidden)
    }

    /// Whether `caller` may change `function`.
    pub fn update<'f>(caller: &Caller, function: &'f Function) -> Result<Updatable<'f>, Denied> {
        may_change(caller, function).map(|()| Updatable(function))
    }

    /// Whether `caller` may delete `function`.
    pub fn delete<'f>(caller: &Caller, function: &'f Function) -> Result<Deletable<'f>, Denied> {
        may_change(caller, function).map(|()| Deletable(function))
    }

    /// What `caller` may see in a list.
    pub fn list(caller: &Caller) -> Scope {
        Scope { system: caller.is_signed_in(), admin: caller.is_admin(), user: caller.user().cloned() }
    }
}

fn owns(caller: &Caller, function: &Function) -> bool {
    caller.user().is_some() && caller.user() == function.owner.as_ref()
}

fn may_see(caller: &Caller, function: &Function) -> bool {
    match function.owner_type {
        OwnerType::System => caller.is_signed_in(),
        OwnerType::Admin => caller.is_admin(),
        OwnerType::User => function.visibility == Visibility::Public || owns(caller, function),
    }
}

fn may_change(caller: &Caller, function: &Function) -> Result<(), Denied> {
    let (may, who) = match function.owner_type {
        OwnerType::System | OwnerType::Admin => (caller.is_admin(), "an admin"),
        OwnerType::User => (owns(caller, function), "the function's owner"),
    };
    match (may, may_see(caller, function)) {
        (true, _) => Ok(()),
        (false, false) => Err(Denied::Hidden),
        (false, true) if !caller.is_signed_in() => Err(Denied::SignIn),
        (false, true) => Err(Denied::Forbidden(who)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::function;
    use super::*;

    const NO: bool = false;
    const YES: bool = true;

    /// Anonymous, another user, the owner, an admin, the service role: in this order in every row.
    fn callers() -> [Caller; 5] {
        [
            Caller::Anonymous,
            Caller::User(UserId::new("other")),
            Caller::User(UserId::new("owner")),
            Caller::Admin(Some(UserId::new("admin"))),
            Caller::Admin(None),
        ]
    }

    fn owned(owner_type: OwnerType, visibility: Visibility) -> Function {
        Function { owner_type, visibility, owner: Some(UserId::new("owner")), ..function("f") }
    }

    #[test]
    fn create_cell_by_cell() {
        for (owner_type, may) in [
            (OwnerType::System, [NO, NO, NO, YES, YES]),
            (OwnerType::Admin, [NO, NO, NO, YES, YES]),
            // The service role is no user: it has nobody to own a user's function.
            (OwnerType::User, [NO, YES, YES, YES, NO]),
        ] {
            for (caller, may) in callers().iter().zip(may) {
                let creation = Access::create(caller, owner_type);
                assert_eq!(creation.is_ok(), may, "{owner_type:?} by {caller:?}");
                match creation {
                    Ok(creation) => {
                        assert_eq!((creation.owner_type(), creation.owner()), (owner_type, caller.user()))
                    }
                    Err(denied) => {
                        assert_eq!(denied == Denied::SignIn, !caller.is_signed_in(), "{owner_type:?} by {caller:?}")
                    }
                }
            }
        }
    }

    #[test]
    fn read_execute_update_and_delete_cell_by_cell() {
        use OwnerType::{Admin, System, User};
        use Visibility::{Private, Public};
        for (owner_type, visibility, see, change) in [
            (System, Private, [NO, YES, YES, YES, YES], [NO, NO, NO, YES, YES]),
            (System, Public, [NO, YES, YES, YES, YES], [NO, NO, NO, YES, YES]),
            (Admin, Private, [NO, NO, NO, YES, YES], [NO, NO, NO, YES, YES]),
            (Admin, Public, [NO, NO, NO, YES, YES], [NO, NO, NO, YES, YES]),
            (User, Private, [NO, NO, YES, NO, NO], [NO, NO, YES, NO, NO]),
            (User, Public, [YES, YES, YES, YES, YES], [NO, NO, YES, NO, NO]),
        ] {
            let function = owned(owner_type, visibility);
            for ((caller, see), change) in callers().iter().zip(see).zip(change) {
                let cell = format!("{owner_type:?} {visibility:?} by {caller:?}");
                assert_eq!(Access::read(caller, &function).is_ok(), see, "read {cell}");
                assert_eq!(Access::execute(caller, &function).is_ok(), see, "execute {cell}");
                assert_eq!(Access::update(caller, &function).is_ok(), change, "update {cell}");
                assert_eq!(Access::delete(caller, &function).is_ok(), change, "delete {cell}");
                if !change {
                    let expected = match (see, caller.is_signed_in()) {
                        (false, _) => Denied::Hidden,
                        (true, false) => Denied::SignIn,
                        (true, true) if owner_type == User => Denied::Forbidden("the function's owner"),
                        (true, true) => Denied::Forbidden("an admin"),
                    };
                    assert_eq!(Access::update(caller, &function), Err(expected), "update {cell}");
                    assert_eq!(Access::delete(caller, &function), Err(expected), "delete {cell}");
                }
            }
        }
    }

    #[test]
    fn a_trigger_opens_what_it_says_and_hides_the_rest() {
        for visibility in [Visibility::Private, Visibility::Public] {
            for (trigger, may) in [
                (Trigger::None, [NO, NO, NO, NO, NO]),
                (Trigger::SignedIn, [NO, YES, YES, YES, YES]),
                (Trigger::Anonymous, [YES, YES, YES, YES, YES]),
            ] {
                let function = Function { trigger, ..owned(OwnerType::User, visibility) };
                for (caller, may) in callers().iter().zip(may) {
                    let cell = format!("{visibility:?} {trigger:?} by {caller:?}");
                    assert_eq!(Access::trigger(caller, &function).is_ok(), may, "{cell}");
                }
                let anonymous = Access::trigger(&Caller::Anonymous, &function).err();
                let expected = match (trigger, visibility) {
                    (Trigger::Anonymous, _) => None,
                    (Trigger::SignedIn, Visibility::Public) => Some(Denied::SignIn),
                    _ => Some(Denied::Hidden),
                };
                assert_eq!(anonymous, expected, "{visibility:?} {trigger:?}");
            }
        }
    }

    /// Two functions without an owner don't belong to whoever is no user.
    #[test]
    fn nobody_owns_what_nobody_made() {
        let function = Function { owner: None, ..owned(OwnerType::User, Visibility::Private) };
        for caller in callers() {
            assert_eq!(Access::read(&caller, &function), Err(Denied::Hidden), "{caller:?}");
        }
    }

    #[test]
    fn a_scope_holds_exactly_what_may_be_read() {
        for caller in callers() {
            let scope = Access::list(&caller);
            for owner_type in OwnerType::ALL {
                for visibility in [Visibility::Private, Visibility::Public] {
                    for owner in [None, Some(UserId::new("owner")), Some(UserId::new("admin"))] {
                        let function = Function { owner, ..owned(owner_type, visibility) };
                        let listed = match owner_type {
                            OwnerType::System => scope.system,
                            OwnerType::Admin => scope.admin,
                            OwnerType::User => {
                                visibility == Visibility::Public
                                    || (scope.user.is_some() && scope.user == function.owner)
                            }
                        };
                        assert_eq!(listed, Access::read(&caller, &function).is_ok(), "{function:?} by {caller:?}");
                    }
                }
            }
        }
    }
}
