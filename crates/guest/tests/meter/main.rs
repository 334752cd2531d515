//! What the meter makes of a module, as far as it shows without running it; tests/guest/metering runs it.
#![allow(clippy::unwrap_used, missing_docs)]

mod bounds;
mod names;
mod prepared;
mod roles;

use hashi_guest::features::FEATURES;
use hashi_guest::{PlatformLimits, Refusal, Role, meter};
use wasmparser::{
    ExternalKind, GlobalType, MemoryType, Parser, Payload, TableType, TypeRef, Validator, types::EntityType,
};

/// A metered module, its parts at hand.
#[derive(Debug, Default)]
pub struct Metered {
    pub bytes: Vec<u8>,
    /// `module.name` and type.
    pub imports: Vec<(String, TypeRef)>,
    /// Name, kind and index.
    pub exports: Vec<(String, ExternalKind, u32)>,
    pub types: Vec<(String, EntityType)>,
    pub memories: Vec<MemoryType>,
    pub tables: Vec<TableType>,
    pub globals: Vec<GlobalType>,
    pub custom: Vec<String>,
    pub start: bool,
}

impl Metered {
    pub fn names(&self) -> Vec<&str> {
        self.exports.iter().map(|(name, ..)| name.as_str()).collect()
    }

    /// The index of the export `name`.
    #[track_caller]
    pub fn index(&self, name: &str) -> u32 {
        self.exports.iter().find(|(export, ..)| export == name).unwrap().2
    }
}

pub fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// Meters a module in the text format; what comes out is valid.
#[track_caller]
pub fn metered(text: &str, role: Role) -> Metered {
    read(meter(&wasm(text), &PlatformLimits::default(), role).unwrap())
}

#[track_caller]
pub fn refused(text: &str, limits: &PlatformLimits) -> Refusal {
    let owner = meter(&wasm(text), limits, Role::Owner).unwrap_err();
    assert_eq!(meter(&wasm(text), limits, Role::Sharer), Err(owner.clone()), "in both roles");
    owner
}

#[track_caller]
pub fn read(bytes: Vec<u8>) -> Metered {
    let types = Validator::new_with_features(FEATURES).validate_all(&bytes).unwrap();
    let types = types.as_ref().core_exports().unwrap().map(|(name, ty)| (name.to_owned(), ty)).collect();
    let mut seen = Metered { types, ..Metered::default() };
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.unwrap();
                    seen.imports.push((format!("{}.{}", import.module, import.name), import.ty));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.unwrap();
                    seen.exports.push((export.name.to_owned(), export.kind, export.index));
                }
            }
            Payload::MemorySection(section) => seen.memories = section.into_iter().map(Result::unwrap).collect(),
            Payload::TableSection(section) => {
                seen.tables = section.into_iter().map(|table| table.unwrap().ty).collect()
            }
            Payload::GlobalSection(section) => {
                seen.globals = section.into_iter().map(|global| global.unwrap().ty).collect()
            }
            Payload::CustomSection(section) => seen.custom.push(section.name().to_owned()),
            Payload::StartSection { .. } => seen.start = true,
            _ => {}
        }
    }
    seen.bytes = bytes;
    seen
}
