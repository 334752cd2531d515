//! Running functions: what their guests may reach, and what is remembered of their calls.

pub mod gateway;
pub mod history;
pub mod scheduled;
