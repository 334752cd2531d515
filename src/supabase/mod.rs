//! The Supabase client.

pub mod auth;
pub mod rest;
