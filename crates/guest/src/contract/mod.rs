//! What Hashi provides to guests, and what it asks of them: the package `edge:runtime` for components, `env.log` for core modules.

mod core;
mod hint;
mod package;

pub use package::FILES;
pub(crate) use package::worlds;

use crate::Refusal;
use crate::inspect::{Inspection, Item, Kind};
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
    let functions = || inspection.exports.iter().map(|export| &export.item).filter(|item| item.is_function());
    let handles = |item: &Item| matches!(item, Item::Function(function) if function.passes_handles());
    if functions().any(|item| !handles(item)) {
        Ok(())
    } else {
        let hint = if functions().count() > 0 { hint::HANDLES.into() } else { hint::export(inspection.kind) };
        Err(Refusal::NothingExported { hint })
    }
}

/// Refuses a name that is the platform's.
pub(crate) fn not_reserved(name: &str) -> Result<(), Refusal> {
    if name.starts_with(RESERVED) { Err(Refusal::Reserved { name: name.into() }) } else { Ok(()) }
}
