//! What a user registers.

use serde::{Deserialize, Serialize};

use super::id::{FunctionId, FunctionName, UserId};
use super::permissions::Permissions;
use super::revision::{ModuleVersion, Revision};

/// Whose a function is: what decides who may do what with it, see [`Access`](super::access::Access).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum OwnerType {
    /// The deployment's: for everyone who is signed in.
    System,
    /// The admins': for them alone.
    Admin,
    /// A user's own.
    #[default]
    User,
}

impl OwnerType {
    /// Every one.
    pub const ALL: [OwnerType; 3] = [OwnerType::System, OwnerType::Admin, OwnerType::User];

    /// Its name, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            OwnerType::System => "system",
            OwnerType::Admin => "admin",
            OwnerType::User => "user",
        }
    }
}

/// Who may read and execute a user's function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Visibility {
    /// Its owner.
    #[default]
    Private,
    /// Everyone.
    Public,
}

/// Who may call a function over `/fn/…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Trigger {
    /// Nobody.
    #[default]
    None,
    /// Everyone who is signed in.
    SignedIn,
    /// Everyone.
    Anonymous,
}

/// What runs a function's modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Runtime {
    /// WebAssembly, core modules and components.
    #[default]
    Wasm,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Function {
    /// Its id.
    pub id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// Whose it is.
    pub owner_type: OwnerType,
    /// Who made it; nobody if the service role did.
    pub owner: Option<UserId>,
    /// The export that is called where a call names none.
    pub entrypoint: String,
    /// What runs it.
    pub runtime: Runtime,
    /// How much memory a call may have, in pages of 64 KiB.
    pub memory_pages: u32,
    /// How long a call may take, in milliseconds.
    pub max_execution_ms: u32,
    /// How much a call may compute, in units of fuel.
    pub max_fuel: u64,
    /// Who may read and execute it, if it is a user's.
    pub visibility: Visibility,
    /// Who may call it over `/fn/…`.
    pub trigger: Trigger,
    /// When it is called by the clock: five fields, in UTC.
    pub cron: Option<String>,
    /// What its guest may do.
    pub permissions: Permissions,
    /// The module that calls run; none before the first upload.
    pub active_version: Option<ModuleVersion>,
    /// Grows with every change.
    pub revision: Revision,
    /// When it was made (RFC 3339, UTC).
    pub created_at: String,
    /// When it was last changed (RFC 3339, UTC).
    pub updated_at: String,
}

impl Function {
    /// The entity tag (RFC 9110 section 8.8.3) of this revision of it, and of no other function that has or takes its name.
    pub fn etag(&self) -> String {
        format!("\"{}-r{}\"", self.id, self.revision.0)
    }
}
