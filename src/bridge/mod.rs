//! The bridge: turns a host request into a handler call and the result into a host response.

pub mod method;
pub mod outbound;

pub use method::Method;
pub use outbound::Outbound;
