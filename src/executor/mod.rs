//! Running guests.

pub mod gateway;
