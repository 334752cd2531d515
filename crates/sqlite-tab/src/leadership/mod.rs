//! A database worker's way to the lead and what it decides there: it waits in line, opens the file, takes clients in, tells and ticks.

pub mod candidate;
pub mod clients;
pub mod opening;
pub mod task;
pub mod telling;
pub mod ticking;
