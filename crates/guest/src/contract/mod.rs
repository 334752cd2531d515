//! What Hashi provides to guests, and what it asks of them: the package `edge:runtime` for components, `env.log` for core modules.

mod core;
mod hint;
mod package;

pub use package::FILES;
pub(crate) use package::worlds;

use crate::inspect::{Inspection, Kind};
use crate::validate::Valid;
use crate::{PlatformLimits, Refusal};

/// How names begin that guests may neither import nor export.
pub const RESERVED: &str = "hashi:";

/// Whether everything that an upload imports is provided, and something in it can be called.
pub(crate) fn check(valid: &Valid, inspection: &Inspection, limits: &PlatformLimits) -> Result<(), Refusal> {
    match inspection.kind {
        Kind::Core => core::check(inspection)?,
        Kind::CoreWithWorld => {
            core::check_beside_world(&valid.types)?;
            package::check(inspection)?;
        }
        Kind::Component => package::check(inspection)?,
    }
    if inspection.exports.iter().any(|export| export.item.is_callable()) {
        return described(inspection, limits);
    }
    // One reason serves: all functions are of a component, or all of a core module.
    let reason = inspection.exports.iter().find_map(|export| export.item.why_uncallable());
    let hint = reason.map_or_else(|| hint::export(inspection.kind), hint::uncallable);
    Err(Refusal::NothingExported { hint })
}

fn described(inspection: &Inspection, limits: &PlatformLimits) -> Result<(), Refusal> {
    // Texts always serialize.
    let bytes = serde_json::to_vec(&(inspection.functions(), inspection.types())).map_or(0, |text| text.len());
    Refusal::limit(
        "bytes of the names and types of all functions that can be called",
        bytes as u64,
        limits.described_bytes,
    )
}

/// Refuses a name that is the platform's.
pub(crate) fn not_reserved(name: &str) -> Result<(), Refusal> {
    if name.starts_with(RESERVED) { Err(Refusal::Reserved { name: name.into() }) } else { Ok(()) }
}
