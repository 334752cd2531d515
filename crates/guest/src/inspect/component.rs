use wasmparser::types::Types;
use wit_component::metadata;
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Resolve, TypeDefKind, WorldId, WorldItem, WorldKey};

use super::decodable::{self, Odd};
use super::{Extern, Item, Surface};
use crate::wit::Reader;
use crate::{PlatformLimits, Refusal};

/// What a component shows to the outside.
pub(super) fn of_component(bytes: &[u8], types: &Types, limits: &PlatformLimits) -> Result<Surface, Refusal> {
    decodable::component(bytes, types).map_err(|odd| match odd {
        Odd::Package => Refusal::WitPackage,
        Odd::Item(what) => beyond(what),
    })?;
    match decode(bytes) {
        Ok(DecodedWasm::Component(resolve, world)) => surface(&resolve, world, limits),
        Ok(DecodedWasm::WitPackage(..)) => Err(Refusal::WitPackage),
        Err(error) => Err(beyond(format!("an import or export of the component ({error:#})"))),
    }
}

/// For what is neither a function nor an interface.
pub(super) fn beyond(what: String) -> Refusal {
    Refusal::Component { what, hint: "import and export functions and interfaces of functions only".into() }
}

/// What a core module will show to the outside once it is a component.
pub(super) fn of_world(bytes: &[u8], limits: &PlatformLimits) -> Result<Surface, Refusal> {
    super::world::check(bytes)?;
    let (_, bindgen) = metadata::decode(bytes).map_err(|error| Refusal::World { message: format!("{error:#}") })?;
    surface(&bindgen.resolve, bindgen.world, limits)
}

fn surface(resolve: &Resolve, world: WorldId, limits: &PlatformLimits) -> Result<Surface, Refusal> {
    let mut reader = Reader::new(resolve, limits.signature_bytes);
    let world = &resolve.worlds[world];
    let mut of = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| {
        let mut externs = Vec::new();
        for (key, item) in items {
            add(&mut externs, resolve, &mut reader, key, item)?;
        }
        Ok::<_, Refusal>(externs)
    };
    Ok(Surface { exports: of(&mut world.exports.iter())?, imports: of(&mut world.imports.iter())? })
}

/// Adds what one item of a world stands for: a function, or each function of an interface.
fn add(
    externs: &mut Vec<Extern>,
    resolve: &Resolve,
    reader: &mut Reader<'_>,
    key: &WorldKey,
    item: &WorldItem,
) -> Result<(), Refusal> {
    let name = resolve.name_world_key(key);
    match item {
        WorldItem::Function(function) => {
            externs.push(Extern {
                from: None,
                name: function.name.clone(),
                item: Item::Function(reader.function(function)?),
            });
        }
        WorldItem::Interface { id, .. } => {
            let interface = &resolve.interfaces[*id];
            for (resource, id) in &interface.types {
                if matches!(resolve.types[*id].kind, TypeDefKind::Resource) {
                    let item = Item::Other { what: "resource".into() };
                    externs.push(Extern { from: Some(name.clone()), name: resource.clone(), item });
                }
            }
            if interface.functions.is_empty() {
                externs.push(Extern { from: None, name: name.clone(), item: Item::Types });
            }
            for function in interface.functions.values() {
                let item = Item::Function(reader.function(function)?);
                externs.push(Extern { from: Some(name.clone()), name: function.name.clone(), item });
            }
        }
        WorldItem::Type { id, .. } => {
            // An alias of a type in an interface, as `use` makes it, is nothing of its own.
            if matches!(resolve.types[*id].kind, TypeDefKind::Resource) {
                externs.push(Extern { from: None, name, item: Item::Other { what: "resource".into() } });
            }
        }
    }
    Ok(())
}
