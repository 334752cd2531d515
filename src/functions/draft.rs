//! What a client says of a function, to make one or to change one.

use serde::{Deserialize, Deserializer};
use thiserror::Error;

use super::access::{Creation, Updatable};
use super::cron::Cron;
use super::function::{Function, OwnerType, Runtime, Trigger, Visibility};
use super::id::{FunctionId, FunctionName};
use super::limits::{EXECUTION_MS, FUEL, MEMORY_PAGES};
use super::permissions::Permissions;
use super::revision::Revision;

/// The longest entrypoint, in bytes.
const ENTRYPOINT_BYTES: usize = 256;

/// The settings that a client gives; what it leaves out stays as it is, or is the default in a new function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Draft {
    /// The name; required in a new function.
    pub name: Option<FunctionName>,
    /// The export that is called where a call names none; `_start` by default.
    pub entrypoint: Option<String>,
    /// What runs it.
    pub runtime: Option<Runtime>,
    /// 1 to 1024 pages of 64 KiB; 256 by default.
    #[cfg_attr(test, schemars(range(min = 1, max = MEMORY_PAGES.most)))]
    pub memory_pages: Option<u32>,
    /// 1 to 30000 ms; 5000 by default.
    #[cfg_attr(test, schemars(range(min = 1, max = EXECUTION_MS.most)))]
    pub max_execution_ms: Option<u32>,
    /// 1 to 1e11; 1e9 by default.
    #[cfg_attr(test, schemars(range(min = 1, max = FUEL.most)))]
    pub max_fuel: Option<u64>,
    /// Whose it is, for ever; a user's by default.
    pub owner_type: Option<OwnerType>,
    /// `private` by default.
    pub visibility: Option<Visibility>,
    /// `none` by default.
    pub trigger: Option<Trigger>,
    /// Five fields, in UTC; `null` for none.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub cron: Option<Option<String>>,
    /// Replaced as a whole.
    pub permissions: Option<Permissions>,
}

/// Settings that can't be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Invalid(pub String);

/// Tells `null` from what was left out.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Draft {
    /// A new function with these settings, not stored yet: the store sets its times.
    pub fn create(self, id: FunctionId, creation: &Creation) -> Result<Function, Invalid> {
        let name = self.name.clone().ok_or_else(|| Invalid("name: missing; it is required".to_owned()))?;
        let blank = Function {
            id,
            name,
            owner_type: creation.owner_type(),
            owner: creation.owner().cloned(),
            entrypoint: "_start".to_owned(),
            runtime: Runtime::Wasm,
            memory_pages: MEMORY_PAGES.default as u32,
            max_execution_ms: EXECUTION_MS.default as u32,
            max_fuel: FUEL.default,
            visibility: Visibility::default(),
            trigger: Trigger::default(),
            cron: None,
            permissions: Permissions::default(),
            active_version: None,
            revision: Revision(1),
            created_at: String::new(),
            updated_at: String::new(),
        };
        self.apply(blank)
    }

    /// The function that `current` becomes: its next revision, or the same one if nothing is different.
    pub fn change(self, current: &Updatable<'_>) -> Result<Function, Invalid> {
        let current: &Function = current;
        if self.owner_type.is_some_and(|owner_type| owner_type != current.owner_type) {
            return Err(Invalid("owner_type: a function keeps its own; make another function".to_owned()));
        }
        let mut changed = self.apply(current.clone())?;
        if changed != *current {
            changed.revision = Revision(current.revision.0 + 1);
        }
        Ok(changed)
    }

    fn apply(self, mut function: Function) -> Result<Function, Invalid> {
        fn set<T>(field: &mut T, given: Option<T>) {
            if let Some(given) = given {
                *field = given;
            }
        }
        // Only what is given: one that was stored before this was asked doesn't stand in the way of other changes.
        if let Some(Some(cron)) = &self.cron {
            Cron::check(cron).map_err(|error| Invalid(error.to_string()))?;
        }
        set(&mut function.name, self.name);
        set(&mut function.entrypoint, self.entrypoint);
        set(&mut function.memory_pages, self.memory_pages);
        set(&mut function.max_execution_ms, self.max_execution_ms);
        set(&mut function.max_fuel, self.max_fuel);
        set(&mut function.visibility, self.visibility);
        set(&mut function.trigger, self.trigger);
        set(&mut function.cron, self.cron);
        set(&mut function.permissions, self.permissions);
        check(&function).map_err(Invalid)?;
        Ok(function)
    }
}

fn check(function: &Function) -> Result<(), String> {
    MEMORY_PAGES.check(function.memory_pages.into())?;
    EXECUTION_MS.check(function.max_execution_ms.into())?;
    FUEL.check(function.max_fuel)?;
    function.permissions.check()?;
    let entrypoint = &function.entrypoint;
    if entrypoint.is_empty() || entrypoint.len() > ENTRYPOINT_BYTES || entrypoint.chars().any(char::is_control) {
        return Err(format!("entrypoint: expected 1 to {ENTRYPOINT_BYTES} bytes of text, got {entrypoint:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::access::Access;
    use super::super::caller::Caller;
    use super::super::id::UserId;
    use super::super::tests::function;
    use super::*;

    fn draft(json: &str) -> Result<Draft, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn create(json: &str) -> Result<Function, Invalid> {
        let creation = Access::create(&Caller::User(UserId::new("u")), OwnerType::User).expect("a user may");
        draft(json).expect(json).create(function("x").id, &creation)
    }

    fn change(current: &Function, json: &str) -> Result<Function, Invalid> {
        let owner = Caller::User(UserId::new("owner"));
        draft(json).expect(json).change(&Access::update(&owner, current).expect("the owner may"))
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let made = create(r#"{"name":"hello"}"#).expect("a function");
        assert_eq!((made.memory_pages, made.max_execution_ms, made.max_fuel), (256, 5000, 1_000_000_000));
        assert_eq!((made.visibility, made.trigger, made.revision.0), (Visibility::Private, Trigger::None, 1));
        assert_eq!((made.owner, made.active_version, made.cron), (Some(UserId::new("u")), None, None));
        assert_eq!(create("{}"), Err(Invalid("name: missing; it is required".into())));
    }

    #[test]
    fn a_change_is_a_revision_and_no_change_is_none() {
        let current = function("f");
        let changed = change(&current, r#"{"visibility":"public","cron":"0 * * * *"}"#).expect("a change");
        assert_eq!((changed.revision.0, changed.visibility), (current.revision.0 + 1, Visibility::Public));
        assert_eq!(change(&changed, r#"{"visibility":"public"}"#).map(|same| same.revision), Ok(changed.revision));
        assert_eq!(change(&changed, r#"{"cron":null}"#).map(|without| without.cron), Ok(None));
        assert_eq!(change(&changed, "{}").map(|same| same.cron), Ok(Some("0 * * * *".into())));
    }

    #[test]
    fn an_owner_type_is_for_ever() {
        let current = function("f");
        assert!(change(&current, r#"{"owner_type":"user"}"#).is_ok());
        assert!(change(&current, r#"{"owner_type":"system"}"#).is_err());
    }

    #[test]
    fn each_setting_has_its_range() {
        for (right, wrong) in [
            (r#""memory_pages":1024"#, r#""memory_pages":1025"#),
            (r#""memory_pages":1"#, r#""memory_pages":0"#),
            (r#""max_execution_ms":30000"#, r#""max_execution_ms":30001"#),
            (r#""max_fuel":100000000000"#, r#""max_fuel":100000000001"#),
            (r#""entrypoint":"run""#, r#""entrypoint":"""#),
            (r#""entrypoint":"a b""#, r#""entrypoint":"a\nb""#),
            (r#""cron":"*/5 * * * *""#, r#""cron":"*/5 * * *""#),
            (r#""permissions":{"max_http_requests":100}"#, r#""permissions":{"max_http_requests":101}"#),
        ] {
            assert!(create(&format!(r#"{{"name":"f",{right}}}"#)).is_ok(), "{right}");
            let Invalid(message) = create(&format!(r#"{{"name":"f",{wrong}}}"#)).expect_err(wrong);
            let setting = wrong.split('"').nth(1).expect("a name");
            assert!(message.starts_with(setting), "{message}");
        }
    }

    #[test]
    fn what_is_not_a_setting_is_refused() {
        for wrong in [
            r#"{"nam":"f"}"#,
            r#"{"name":"F"}"#,
            r#"{"name":1}"#,
            r#"{"runtime":"js"}"#,
            r#"{"memory_pages":-1}"#,
            r#"{"memory_pages":1.5}"#,
            r#"{"owner_type":"root"}"#,
            r#"{"id":"x"}"#,
            r#"{"revision":9}"#,
            r#"{"name":"a","name":"b"}"#,
        ] {
            assert!(draft(wrong).is_err(), "{wrong}");
        }
    }
}
