//! A tab without a browser: what it does about everything that can happen to it.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
#![cfg(not(target_arch = "wasm32"))]

mod calls;
mod election;
mod handover;
mod leader;
mod message;
mod page;
mod protocol;
mod random;
mod rig;
mod simulation;
mod trouble;
mod world;
