//! The Supabase client.

pub mod rest;
