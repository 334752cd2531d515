//! A database worker without a browser: what it does about everything that can happen to it.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
#![cfg(not(target_arch = "wasm32"))]

mod clients;
mod closing;
mod opening;
mod rig;
mod telling;
mod ticking;
