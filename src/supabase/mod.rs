//! The Supabase client.

pub mod auth;
pub mod proxy;
pub mod rest;
pub mod storage;
pub mod transport;

pub use transport::{Answer, Transport};
