//! Functions: what users register, who may do what with them, and where they are kept.

pub mod access;
pub mod api;
pub mod artifacts;
pub mod caller;
pub mod client_key;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod cron;
pub mod digest;
pub mod draft;
pub mod due;
pub mod function;
pub mod hash;
pub mod id;
pub mod issuer;
pub mod limits;
pub mod module;
pub mod moment;
pub mod permissions;
pub mod precondition;
pub mod prepare;
pub mod range;
pub mod rate_limit;
pub mod revision;
pub mod store;
pub mod sweep;
#[cfg(test)]
pub(crate) mod tests;
pub mod tick;
pub mod upload;

pub use access::{Access, Denied};
pub use caller::Caller;
pub use function::Function;
pub use hash::ArtifactHash;
pub use id::{FunctionId, FunctionName, FunctionRef, UserId};
pub use module::{Module, ModuleKind};
pub use permissions::Permissions;
pub use revision::{ModuleVersion, Revision};
