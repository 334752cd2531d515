//! What the tests of this folder share.

use super::function::{Function, OwnerType, Runtime, Trigger, Visibility};
use super::{FunctionId, FunctionName, Permissions, Revision, UserId};

/// A private function of the user `owner`.
pub(crate) fn function(name: &str) -> Function {
    Function {
        id: FunctionId::parse("00000000-0000-4000-8000-000000000001").expect("an id"),
        name: FunctionName::parse(name).expect("a name"),
        owner_type: OwnerType::User,
        owner: Some(UserId::new("owner")),
        entrypoint: "_start".to_owned(),
        runtime: Runtime::Wasm,
        memory_pages: 256,
        max_execution_ms: 5000,
        max_fuel: 1_000_000_000,
        visibility: Visibility::Private,
        trigger: Trigger::None,
        cron: None,
        permissions: Permissions::default(),
        active_version: None,
        revision: Revision(1),
        created_at: "2026-11-24T00:00:00.000Z".to_owned(),
        updated_at: "2026-11-24T00:00:00.000Z".to_owned(),
    }
}

/// The settings of this kind that the tables of Supabase take, and those that they refuse (tests/fixtures/settings.json).
pub(crate) fn settings(of: &str) -> [Vec<serde_json::Value>; 2] {
    let text = include_str!("../../tests/fixtures/settings.json");
    let all: serde_json::Value = serde_json::from_str(text).expect("JSON");
    ["taken", "refused"].map(|which| all[of][which].as_array().filter(|list| !list.is_empty()).expect(which).clone())
}
