//! Native tests of the whole way from token to claims, with real signatures by `ring`.

mod fuzz;
mod hostile;
mod issuer;
mod pipeline;
mod rfc7515;
mod rotation;
mod world;
