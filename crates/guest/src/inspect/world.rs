//! Whether the worlds that a core module carries hold together, before they are merged into one.

use std::collections::HashSet;

use wasmparser::{Parser, Payload};
use wit_parser::decoding::decode_world;
use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem, WorldKey};

use super::decodable;
use crate::Refusal;

/// Refuses worlds in which something uses a type of an interface without importing it: who merges such worlds fails an assertion.
pub(super) fn check(core: &[u8]) -> Result<(), Refusal> {
    for payload in Parser::new(0).parse_all(core) {
        let Payload::CustomSection(section) = payload? else { continue };
        if !section.name().starts_with("component-type") {
            continue;
        }
        if section.data().first() == Some(&3) {
            return refuse("it is of a format that bindings generators wrote until 2023".to_owned());
        }
        decodable::world(section.data()).map_err(|message| Refusal::World { message })?;
        let (resolve, world) =
            decode_world(section.data()).map_err(|error| Refusal::World { message: format!("{error:#}") })?;
        holds_together(&resolve, world)?;
    }
    Ok(())
}

fn refuse(message: String) -> Result<(), Refusal> {
    Err(Refusal::World { message })
}

fn holds_together(resolve: &Resolve, world: WorldId) -> Result<(), Refusal> {
    let items = resolve.worlds[world].imports.iter().chain(&resolve.worlds[world].exports);
    // Interfaces of packages stay as they are.
    for (key, item) in items.filter(|(key, _)| matches!(key, WorldKey::Name(_))) {
        let mut seen = Seen { resolve, owner: TypeOwner::World(world), types: HashSet::new() };
        let name = resolve.name_world_key(key);
        match item {
            WorldItem::Function(function) => seen.function(&name, function)?,
            WorldItem::Type { id, .. } => seen.all(&name, vec![*id])?,
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                seen.owner = TypeOwner::Interface(*id);
                seen.all(&name, interface.types.values().copied().collect())?;
                interface.functions.values().try_for_each(|function| seen.function(&name, function))?;
            }
        }
    }
    Ok(())
}

struct Seen<'a> {
    resolve: &'a Resolve,
    /// Whose types may be used.
    owner: TypeOwner,
    types: HashSet<TypeId>,
}

impl Seen<'_> {
    fn function(&mut self, name: &str, function: &Function) -> Result<(), Refusal> {
        let mut types: Vec<TypeId> = function.kind.resource().into_iter().collect();
        types.extend(function.params.iter().map(|param| param.ty).chain(function.result).filter_map(id));
        self.all(name, types)
    }

    /// Follows types to those that they are made of.
    fn all(&mut self, name: &str, mut open: Vec<TypeId>) -> Result<(), Refusal> {
        while let Some(next) = open.pop() {
            if !self.types.insert(next) {
                continue;
            }
            let ty = &self.resolve.types[next];
            if ty.owner != TypeOwner::None && ty.owner != self.owner {
                return refuse(format!("`{name}` uses a type of another interface without importing it"));
            }
            match &ty.kind {
                // Imported from another interface, or a name for another of the same.
                TypeDefKind::Type(Type::Id(id)) if self.resolve.types[*id].owner != self.owner => {}
                TypeDefKind::Type(ty) | TypeDefKind::Option(ty) | TypeDefKind::List(ty) => open.extend(id(*ty)),
                TypeDefKind::Tuple(tuple) => open.extend(tuple.types.iter().copied().filter_map(id)),
                TypeDefKind::Record(record) => open.extend(record.fields.iter().filter_map(|field| id(field.ty))),
                TypeDefKind::Variant(variant) => {
                    open.extend(variant.cases.iter().filter_map(|case| case.ty).filter_map(id))
                }
                TypeDefKind::Result(result) => open.extend(result.ok.into_iter().chain(result.err).filter_map(id)),
                TypeDefKind::Handle(Handle::Own(resource) | Handle::Borrow(resource)) => open.push(*resource),
                TypeDefKind::Flags(_) | TypeDefKind::Enum(_) | TypeDefKind::Resource => {}
                _ => return refuse(format!("`{name}` uses a type that guests can't pass")),
            }
        }
        Ok(())
    }
}

fn id(ty: Type) -> Option<TypeId> {
    match ty {
        Type::Id(id) => Some(id),
        _ => None,
    }
}
