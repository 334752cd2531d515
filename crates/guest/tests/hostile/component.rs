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

/// Valid components that no WIT stands for: who decodes them fails assertions or never ends.
#[test]
fn types_as_no_wit_has_them() {
    let cases = [
        // The type of an instance, exported as a type.
        (
            r#"(import "a:b/c" (instance (type $t (instance)) (export "t" (type (eq $t)))))"#,
            "the type of a function, an instance",
        ),
        // Three interfaces of two packages, which use each other's types.
        (
            r#"(import "a:a/x" (instance $x (type $t (record (field "a" u8))) (export "t" (type (eq $t)))))
               (alias export $x "t" (type $t1))
               (import "b:b/y" (instance $y (alias outer 1 $t1 (type $t)) (export "u" (type (eq $t)))))
               (alias export $y "u" (type $t2))
               (import "a:a/z" (instance (alias outer 1 $t2 (type $t)) (export "v" (type (eq $t)))))"#,
            "a package whose types are used by those that it uses",
        ),
        // A type of an interface without a package, used by one of a package.
        (
            r#"(import "plain" (instance $x (type $t (record (field "a" u8))) (export "t" (type (eq $t)))))
               (alias export $x "t" (type $t1))
               (import "a:a/z" (instance (alias outer 1 $t1 (type $t)) (export "v" (type (eq $t)))))"#,
            "a type of the world in an interface of a package",
        ),
    ];
    for (text, what) in cases {
        let bytes = wat::parse_str(format!("(component {text})")).unwrap();
        let refusal = hashi_guest::prepare(&bytes, &hashi_guest::PlatformLimits::default()).unwrap_err();
        assert_eq!(refusal.code(), "unsupported_component", "{refusal}");
        assert!(refusal.to_string().contains(what), "{refusal}");
    }
}

/// A resource whose functions are in another interface than it, and types that appear twice.
#[test]
fn resources_as_no_wit_has_them() {
    let parts = r#"(core module $m (func (export "f") (param i32)) (func (export "g") (result i32) i32.const 1))
        (core instance $i (instantiate $m))
        (type $r (resource (rep i32)))
        (component $c (import "r" (type $r (sub resource))) (import "f" (func $f (param "self" (borrow $r))))
            (export $own "r" (type $r)) (export "[method]r.f" (func $f) (func (param "self" (borrow $own)))))
        (component $d (import "r" (type $r (sub resource))) (import "f" (func $f (param "self" (borrow $r))))
            (export $own "r" (type $r)) (export "[method]r.f" (func $f) (func (param "self" (borrow $own)))))
        (func $f (param "self" (borrow $r)) (canon lift (core func $i "f")))
        (func (export "g") (result u32) (canon lift (core func $i "g")))
        (instance $one (instantiate $c (with "r" (type $r)) (with "f" (func $f))))
        (export $e "a:b/c" (instance $one))"#;
    let cases = [
        (
            r#"(alias export $e "r" (type $re)) (alias export $e "[method]r.f" (func $fe))
               (instance $two (instantiate $d (with "r" (type $re)) (with "f" (func $fe)))) (export "a:b/d" (instance $two))"#,
            "a function of a resource that is defined elsewhere (`[method]r.f`)",
        ),
        (r#"(export "a:b/d" (instance $one))"#, "a type that appears more than once (`r`)"),
    ];
    for (text, what) in cases {
        let bytes = wat::parse_str(format!("(component {parts} {text})")).unwrap();
        let refusal = hashi_guest::prepare(&bytes, &hashi_guest::PlatformLimits::default()).unwrap_err();
        assert_eq!(refusal.code(), "unsupported_component", "{refusal}");
        assert!(refusal.to_string().contains(what), "{refusal}");
    }
}

#[test]
fn a_component_of_many_types_of_resources() {
    let many = |count: usize| "(type (resource (rep i32)))".repeat(count);
    refused(
        &wat::parse_str(format!("(component {})", many(1_001))).unwrap(),
        "types of resources in the component: 1001",
    );
    // Each instance of a component has types of its own.
    let each = format!(
        r#"(component $c (core module $m) (core instance $i (instantiate $m)) {} (export "t" (type 0)))"#,
        many(300)
    );
    let drops: String = (0..300).map(|of| format!("(core func (canon resource.drop {of}))")).collect();
    let instances = each.replace("(export", &format!("{drops} (export")) + &"(instance (instantiate $c))".repeat(4);
    let text = format!(
        r#"(component {instances} (core module $m (func (export "f"))) (core instance $i (instantiate $m))
            (func (export "f") (canon lift (core func $i "f"))))"#
    );
    let refusal = hashi_guest::prepare(&wat::parse_str(text).unwrap(), &hashi_guest::PlatformLimits::default());
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.code(), "limit_exceeded");
    assert!(
        refusal.to_string().starts_with("types of resources, each once for each part that knows it: "),
        "{refusal}"
    );
}

/// Whoever reads a world asserts that it is one.
#[test]
fn worlds_that_are_none() {
    let worlds = [
        r#"(component)"#,
        r#"(component (type $t (component (import "a" (func)) (export "a:b/c" (component)))) (export "w" (type $t)))"#,
        r#"(component (type $t (component (export "a:b/c" (component)) (export "a:b/d" (component)))) (export "w" (type $t)))"#,
        r#"(component (type $t (component (export "a:b/c" (instance)))) (export "w" (type $t)))"#,
        r#"(component (type $t (component (type $w (component (type $i (instance (type $t (func)) (export "t" (type (eq $t))))) (import "x" (instance (type $i)))))
            (export "a:b/c" (component (type $w))))) (export "w" (type $t)))"#,
    ];
    for world in worlds {
        let data = wat::parse_str(world).unwrap();
        let mut module = Module::new();
        module.section(&CustomSection { name: "component-type".into(), data: (&data).into() });
        let refusal = hashi_guest::prepare(&module.finish(), &hashi_guest::PlatformLimits::default()).unwrap_err();
        assert_eq!(refusal.code(), "world_mismatch", "{world}: {refusal}");
    }
}
