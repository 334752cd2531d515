//! Hashi: an edge-functions platform in Rust on Cloudflare Workers.
//!
//! This file holds the entry points that the host calls, and nothing else.

pub mod app;
pub mod bridge;
pub mod cache;
pub mod earthquake;
pub mod executor;
pub mod functions;
pub mod pages;
pub mod settings;
pub mod supabase;
pub mod telemetry;
pub mod time;

#[cfg(feature = "entry")]
crate::worker!(crate::app::App, crate::app::table);
