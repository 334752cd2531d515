//! Whether the types of a component are such as WIT has.
//!
//! Who decodes a component into WIT takes for granted what the encoder of WIT does, and fails assertions, or never ends, at components that are
//! valid all the same. So what is decoded here is held to that first.

use wasmparser::component_types::{ComponentAnyTypeId as Any, ComponentEntityType as Entity, ComponentTypeId};
use wasmparser::types::Types;
use wasmparser::{ComponentExternalKind, Parser, Payload, Validator};

use super::names::Names;
use crate::features::FEATURES;

/// What stands in the way of reading a component's types as WIT.
pub(super) enum Odd {
    /// It is a WIT package.
    Package,
    /// Something that WIT doesn't have, or that guests may not.
    Item(String),
}

/// Looks at all imports and exports of a component that is valid.
pub(super) fn component(bytes: &[u8], types: &Types) -> Result<(), Odd> {
    let malformed = |error: wasmparser::Error| Odd::Item(error.to_string());
    let mut items = Vec::new();
    let mut packages = true;
    for payload in outermost(bytes) {
        match payload.map_err(malformed)? {
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let name = import.map_err(malformed)?.name.name;
                    items.extend(types.as_ref().component_item_for_import(name).map(|item| (name, item)));
                    packages = false;
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let name = export.map_err(malformed)?.name.name;
                    let item = types.as_ref().component_item_for_export(name);
                    packages &=
                        matches!(item.map(|item| item.ty), Some(Entity::Type { created: Any::Component(_), .. }));
                    items.extend(item.map(|item| (name, item)));
                }
            }
            _ => {}
        }
    }
    if packages && !items.is_empty() {
        return Err(Odd::Package);
    }
    Names::new(types).all(items)
}

/// Looks at the world that a custom section of a core module carries: a component that exports the type of a component, whose export is the world.
pub(super) fn world(section: &[u8]) -> Result<(), String> {
    let types = Validator::new_with_features(FEATURES).validate_all(section).map_err(|error| error.to_string())?;
    let shape = || "it is not the type of one world".to_owned();
    let mut exports = Vec::new();
    for payload in outermost(section) {
        if let Payload::ComponentExportSection(section) = payload.map_err(|error| error.to_string())? {
            for export in section {
                exports.push(export.map_err(|error| error.to_string())?);
            }
        }
    }
    let [export] = &*exports else { return Err(shape()) };
    if export.kind != ComponentExternalKind::Type {
        return Err(shape());
    }
    let Any::Component(outer) = types.as_ref().component_any_type_at(export.index) else { return Err(shape()) };
    let world = only_export(&types, outer).ok_or_else(shape)?;
    let world = &types[world];
    let items = world.imports.iter().chain(&world.exports).map(|(name, item)| (name.as_str(), item));
    Names::new(&types).all(items).map_err(|odd| match odd {
        Odd::Package => shape(),
        Odd::Item(what) => what,
    })
}

/// What the outermost component itself consists of, without what is in the modules and components inside.
fn outermost(bytes: &[u8]) -> impl Iterator<Item = Result<Payload<'_>, wasmparser::Error>> {
    let mut depth = 0;
    Parser::new(0).parse_all(bytes).filter(move |payload| {
        let own = depth == 0;
        match payload {
            Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
            Ok(Payload::End(_)) => depth -= 1,
            _ => {}
        }
        own
    })
}

fn only_export(types: &Types, outer: ComponentTypeId) -> Option<ComponentTypeId> {
    let outer = &types[outer];
    match outer.exports.values().next()?.ty {
        Entity::Component(inner) if outer.imports.is_empty() && outer.exports.len() == 1 => Some(inner),
        _ => None,
    }
}
