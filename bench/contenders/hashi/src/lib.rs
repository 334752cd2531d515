//! The bench's routes on Hashi's bridge.

mod memory;
mod routes;
mod typed;

hashi::worker!(hashi::app::App, crate::routes::table);
