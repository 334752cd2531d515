use wasm_encoder::*;

use crate::refused;

#[test]
fn components_inside_one_another() {
    let mut bytes = Component::new().finish();
    for _ in 0..2_000 {
        let mut outer = Component::new();
        outer.section(&RawSection { id: ComponentSectionId::Component.into(), data: &bytes });
        bytes = outer.finish();
    }
    refused(&bytes, "core modules and components inside the component: 33");
}

#[test]
fn a_component_of_a_million_types() {
    let mut types = ComponentTypeSection::new();
    for _ in 0..1_000_000 {
        types.defined_type().primitive(PrimitiveValType::U8);
    }
    let mut component = Component::new();
    component.section(&types);
    refused(&component.finish(), "types, aliases and other items of the component: 1000000");
}

/// Aliases of aliases are not nested for the validator, but whoever follows them goes as deep as they are long.
#[test]
fn types_that_are_aliases_of_aliases() {
    let mut component = Component::new();
    let mut types = ComponentTypeSection::new();
    types.defined_type().record([("x", ComponentValType::Primitive(PrimitiveValType::U8))]);
    component.section(&types);
    for index in 0..999 {
        let mut imports = ComponentImportSection::new();
        imports.import(format!("t{index}").as_str(), ComponentTypeRef::Type(TypeBounds::Eq(index)));
        component.section(&imports);
    }
    let mut types = ComponentTypeSection::new();
    types.function().params([("x", ComponentValType::Type(999))]).result(None);
    component.section(&types);
    let mut imports = ComponentImportSection::new();
    imports.import("f", ComponentTypeRef::Func(1000));
    component.section(&imports);
    refused(&component.finish(), "types inside one another: 101");
}

#[test]
fn a_world_that_is_larger_than_any_module() {
    let mut module = Module::new();
    module.section(&CustomSection { name: "component-type".into(), data: vec![0; 1 << 20].into() });
    refused(&module.finish(), "bytes of the WIT world that the module carries: 1048576");
    let mut module = Module::new();
    for index in 0..10_000 {
        module.section(&CustomSection { name: format!("component-type:{index}").into(), data: vec![0; 100].into() });
    }
    refused(&module.finish(), "bytes of the WIT world that the module carries: 262200");
}
