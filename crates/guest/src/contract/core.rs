use wasmparser::types::Types;

use super::hint;
use crate::Refusal;
use crate::inspect::{CoreType, Extern, Inspection, Item};

/// Whether a plain core module imports nothing but `env.log`, and can be understood by it; and whether its functions have names that can be kept.
pub(super) fn check(inspection: &Inspection) -> Result<(), Refusal> {
    for Extern { from, name, item } in &inspection.imports {
        let from = from.as_deref().unwrap_or_default();
        let import = format!("{from}.{name}");
        if (from, name.as_str()) != ("env", "log") {
            return Err(Refusal::UnknownImport { hint: hint::of_core(from, name), import });
        }
        let log = Item::CoreFunction { params: vec![CoreType::I32; 3], results: Vec::new() };
        if *item != log {
            let hint = "declare it as log(level: i32, pointer: i32, length: i32)".into();
            return Err(Refusal::ImportType { import, used: item.to_string(), provided: log.to_string(), hint });
        }
        if !inspection.exports.iter().any(Extern::is_memory_of_log) {
            let reason = "`env.log` reads its text from the memory that is exported under this name".into();
            return Err(Refusal::MissingExport { export: "memory".into(), reason });
        }
    }
    names(inspection)
}

/// Whether the functions have names that every store of modules keeps: Postgres keeps no U+0000. WIT has no such names.
fn names(inspection: &Inspection) -> Result<(), Refusal> {
    let mut functions = inspection.exports.iter().filter(|export| export.item.is_callable());
    match functions.find(|export| export.name.contains('\0')) {
        Some(export) => Err(Refusal::Name { name: export.name.clone() }),
        None => Ok(()),
    }
}

/// Whether a core module that carries a world imports things of worlds only. Which of them the world has, wit-component sees.
pub(super) fn check_beside_world(types: &Types) -> Result<(), Refusal> {
    for (from, name, _) in types.as_ref().core_imports().into_iter().flatten() {
        let of_world = from.contains(':') || from.starts_with(['$', '[']) || from.starts_with("cm32p2");
        if !of_world || from.starts_with("wasi:") {
            return Err(Refusal::UnknownImport {
                import: format!("{from}.{name}"),
                hint: hint::beside_world(from, name),
            });
        }
    }
    Ok(())
}
