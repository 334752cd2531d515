//! The Worker's second module: the control plane and the executor, in an instance of their own.
//!
//! The code is `hashi`'s; this crate holds the entry points that the host calls, and nothing else.

hashi::worker!(hashi::app::App, hashi::app::platform_table, scheduled = hashi::functions::tick::tick);
hashi::gateway!();
