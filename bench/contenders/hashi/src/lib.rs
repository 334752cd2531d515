//! The bench's routes on Hashi's bridge.

mod memory;
mod quakes;
mod routes;
mod typed;

hashi::worker!(crate::routes::App, crate::routes::table);
