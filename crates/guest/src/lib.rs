//! From the bytes that a user uploads to a metered bundle that any V8 host can run.
//!
//! The way of an upload: [`check`](mod@check) ([`inspect`](mod@inspect) → validate → [`contract`] → [`componentize`](mod@componentize)) → transpile
//! → meter → [`Bundle`]. Every step is a pure function: no JS types, no clock, no network; the same bytes give the same bundle, byte for
//! byte.

pub mod bundle;
pub mod check;
pub mod componentize;
pub mod contract;
pub mod features;
pub mod hash;
pub mod inspect;
pub mod limits;
pub mod meter;
pub mod prepare;
pub mod refusal;
#[cfg(feature = "text")]
pub mod text;
pub mod transpile;
mod validate;
pub mod wit;

pub use bundle::{Bundle, CoreModule, Kind, Manifest};
pub use check::{Checked, Form, check};
pub use hash::Sha256;
pub use inspect::{Inspection, inspect};
pub use limits::PlatformLimits;
pub use meter::{Role, meter};
pub use prepare::prepare;
pub use refusal::Refusal;
