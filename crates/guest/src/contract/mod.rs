//! What Hashi provides to guests, and what it asks of them: the package `edge:runtime` for components, `env.log` for core modules.

mod core;
mod hint;
mod package;

pub use package::FILES;
pub(crate) use package::worlds;

use crate::Refusal;
use crate::inspect::{Inspection, Kind};
use crate::validate::Valid;

/// How names begin that guests may neither import nor export.
pub const RESERVED: &str = "hashi:";

/// Whether everything that an upload imports is provided, and something in it can be called.
pub(crate) fn check(valid: &Valid, inspection: &Inspection) -> Result<(), Refusal> {
    match inspection.kind {
        Kind::Core => core::check(inspection)?,
        Kind::CoreWithWorld => {
            core::check_beside_world(&valid.types)?;
            package::check(inspection)?;
        }
        Kind::Component => package::check(inspection)?,
    }
    if inspection.exports.iter().any(|export| export.item.is_callable()) {
        return Ok(());
    }
    // One reason serves: all functions are of a component, or all of a core module.
    let reason = inspection.exports.iter().find_map(|export| export.item.why_uncallable());
    let hint = reason.map_or_else(|| hint::export(inspection.kind), hint::uncallable);
    Err(Refusal::NothingExported { hint })
}

/// Refuses a name that is the platform's.
pub(crate) fn not_reserved(name: &str) -> Result<(), Refusal> {
    if name.starts_with(RESERVED) { Err(Refusal::Reserved { name: name.into() }) } else { Ok(()) }
}
