//! Supabase Auth: from a bearer token to claims that can be trusted.
//!
//! [`Verifier::verify`] is the only way to [`Claims`] of a token: parse ([`token`]), find the issuer's key
//! ([`jwks`]), check the signature with the host's cryptography ([`host`]), check the claims ([`policy`]).

mod base64url;
pub mod claims;
pub mod error;
pub mod header;
pub mod host;
pub mod jwks;
pub mod key_set;
pub mod keys;
mod object;
pub mod policy;
mod seen;
pub mod token;
pub mod verify;
pub mod webcrypto;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

pub use claims::Claims;
pub use error::AuthError;
pub use host::{FetchKeys, Host, NoAnswer};
pub use jwks::Timing;
pub use keys::Key;
pub use policy::Policy;
pub use verify::{Verified, Verifier};
pub use webcrypto::WebCrypto;
