//! The names that a metered module has in addition to its own.

use wasm_encoder::ExportKind;
use wasmparser::TypeRef;

use super::module::Module;
use crate::Refusal;
use crate::contract::RESERVED;

/// The module from which a [`Role::Sharer`](super::Role::Sharer) imports its state.
pub(super) const STATE: &str = "hashi";

/// The reserved name `hashi:name`.
pub(super) fn of(name: &str) -> String {
    format!("{RESERVED}{name}")
}

/// Whether no guest may use `name` for an export, or for the module or the field of an import.
fn reserved(name: &str) -> bool {
    name.starts_with(RESERVED)
}

/// Refuses a module that uses a reserved name itself.
pub(super) fn refuse_reserved(module: &Module<'_>) -> Result<(), Refusal> {
    let imported =
        module.imports.iter().find(|import| import.module == STATE || reserved(import.module) || reserved(import.name));
    if let Some(import) = imported {
        return Err(Refusal::Reserved { name: format!("{}.{}", import.module, import.name) });
    }
    match module.exports.iter().find(|export| reserved(export.name)) {
        Some(export) => Err(Refusal::Reserved { name: export.name.to_owned() }),
        None => Ok(()),
    }
}

/// The exports that let a host look at and restore what the guest defines: memories, mutable globals and tables.
pub(super) fn restorable(module: &Module<'_>) -> impl Iterator<Item = (String, ExportKind, u32)> {
    let imported = |wanted: fn(&TypeRef) -> bool| module.imports.iter().filter(|import| wanted(&import.ty)).count();
    let memories = imported(|ty| matches!(ty, TypeRef::Memory(_)))..module.memories.len();
    let tables = imported(|ty| matches!(ty, TypeRef::Table(_)))..module.tables.len();
    let globals = module.imported_globals as usize..module.globals.len();
    let mutable = globals.filter(|&index| module.globals[index].mutable);
    let named = |kind: &'static str, external| {
        move |index: usize| (format!("{RESERVED}{kind}:{index}"), external, index as u32)
    };
    memories
        .map(named("memory", ExportKind::Memory))
        .chain(mutable.map(named("global", ExportKind::Global)))
        .chain(tables.map(named("table", ExportKind::Table)))
}
