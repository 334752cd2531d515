//! Hashi: an edge-functions platform in Rust on Cloudflare Workers.

pub mod bridge;
pub mod supabase;
