use wasmparser::types::{EntityType, Types};

use super::{CoreType, Extern, Item, Memory, Surface};

/// What a core module shows to the outside.
pub(super) fn surface(types: &Types) -> Surface {
    let types = types.as_ref();
    let exports = types.core_exports().into_iter().flatten();
    let imports = types.core_imports().into_iter().flatten();
    let of = |ty| item(&types, ty);
    Surface {
        exports: exports.map(|(name, ty)| Extern { from: None, name: name.into(), item: of(ty) }).collect(),
        imports: imports
            .map(|(from, name, ty)| Extern { from: Some(from.into()), name: name.into(), item: of(ty) })
            .collect(),
    }
}

fn item(types: &wasmparser::types::TypesRef<'_>, ty: EntityType) -> Item {
    let list = |of: &[wasmparser::ValType]| of.iter().copied().map(CoreType::from).collect();
    match ty {
        EntityType::Func(id) | EntityType::FuncExact(id) => {
            let ty = types[id].unwrap_func();
            Item::CoreFunction { params: list(ty.params()), results: list(ty.results()) }
        }
        EntityType::Table(ty) => {
            let element = wasmparser::ValType::Ref(ty.element_type).into();
            Item::Table { element, minimum: ty.initial, maximum: ty.maximum }
        }
        EntityType::Memory(ty) => Item::Memory(Memory::from(&ty)),
        EntityType::Global(ty) => Item::Global { content: ty.content_type.into(), mutable: ty.mutable },
        EntityType::Tag(id) => Item::Tag { params: list(types[id].unwrap_func().params()) },
    }
}
