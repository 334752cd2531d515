//! From the bytes that a user uploads to a metered bundle that any V8 host can run.
//!
//! The way of an upload: [`inspect`] → [`validate`] → [`componentize`] → [`transpile`] → [`meter`] → [`Bundle`]. Every step is a pure
//! function: no JS types, no clock, no network; the same bytes give the same bundle, byte for byte.

pub mod bundle;
pub mod features;
pub mod hash;
pub mod limits;
pub mod meter;
pub mod prepare;
pub mod refusal;
pub mod transpile;

pub use bundle::{Bundle, CoreModule, Manifest};
pub use hash::Sha256;
pub use limits::PlatformLimits;
pub use meter::{Role, meter};
pub use prepare::prepare;
pub use refusal::Refusal;
