//! What the platform says about itself.

pub mod log;
