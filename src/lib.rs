//! Hashi: an edge-functions platform in Rust on Cloudflare Workers.
//!
//! This file holds the entry points that the host calls, and nothing else.

pub mod bridge;
pub mod supabase;
pub mod telemetry;

pub mod app;

#[cfg(feature = "entry")]
crate::worker!(crate::app::App, crate::app::table);
