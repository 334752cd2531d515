//! The rules of a guest's only way out: what may be asked of whom. All of it is pure but [`passage`], which sends.
//!
//! In order: the budget of requests, the address itself ([`Target`]), the hosts that the function lists ([`HostPattern`]), and what nobody may
//! reach whatever a function lists ([`address`]). Every hop of a redirect goes through the same gate.

pub mod address;
pub mod gate;
pub mod headers;
pub mod host;
pub mod loopback;
pub mod passage;
pub mod pattern;
pub mod port;
pub mod redirect;
pub mod target;

pub use gate::{Gate, Refused};
pub use host::{Host, HostError};
pub use loopback::LoopbackOrigins;
pub use pattern::HostPattern;
pub use target::{Target, TargetError};
