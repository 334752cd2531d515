use hashi_guest::inspect::Kind;

use crate::{refusal, text};

#[test]
fn a_component_is_reported_with_wit_types() {
    let inspection = text(
        r#"(component $shapes
            (core module $m
                (memory (export "memory") 1)
                (func (export "area") (param i32 i32 i32 i32) (result f32) f32.const 0)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (type $color' (enum "red" "light-blue"))
            (import "color" (type $color (eq $color')))
            (type $shape' (record (field "sides" (list f32)) (field "color" (option $color))))
            (import "shape" (type $shape (eq $shape')))
            (func $area (param "shape" $shape) (result f32)
                (canon lift (core func $i "area") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
            (export "area" (func $area)))"#,
    )
    .unwrap();
    assert_eq!((inspection.name.as_deref(), inspection.kind), (Some("shapes"), Kind::Component));
    let area = inspection.exports.iter().find(|export| export.name == "area").unwrap();
    assert_eq!(area.item.to_string(), "func(shape: shape) -> f32");
    let json = serde_json::to_value(area).unwrap();
    let shape = serde_json::json!({ "record": { "name": "shape", "fields": [
        { "name": "sides", "type": { "list": "f32" } },
        { "name": "color", "type": { "option": { "enum": { "name": "color", "cases": ["red", "light-blue"] } } } },
    ] } });
    assert_eq!(json["params"], serde_json::json!([{ "name": "shape", "type": shape }]));
    assert_eq!(inspection.memories.len(), 1);
}

#[test]
fn imports_are_compared_with_the_package() {
    let logging = |name: &str, param: &str| {
        text(&format!(
            r#"(component
                (import "edge:runtime/logging@0.1.0" (instance (export "{name}" (func (param "message" {param})))))
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func (export "f") (canon lift (core func $i "f"))))"#
        ))
    };
    logging("info", "string").unwrap();
    assert_eq!(
        refusal(logging("info", "u32")),
        (
            "import_type_mismatch",
            "import `edge:runtime/logging@0.1.0.info` is used as `func(message: u32)`, but the platform provides \
             `func(message: string)`; build with the WIT package of the platform, not with a changed copy"
                .into()
        )
    );
    let (code, message) = refusal(logging("shout", "string"));
    assert_eq!(code, "unknown_import");
    assert!(message.contains("edge:runtime/logging@0.1.0 has no such function"), "{message}");
}

#[test]
fn an_unknown_import_is_named_with_what_to_do_instead() {
    let import = |name: &str, what: &str| refusal(text(&format!(r#"(component (import "{name}" {what}))"#)));
    let instance = r#"(instance (export "f" (func)))"#;
    let cases = [
        (import("wasi:cli/environment@0.2.0", instance), "WASI is not provided"),
        (import("edge:runtime/logging@0.2.0", instance), "the platform provides edge:runtime/logging@0.1.0"),
        (import("example:host/clock", instance), "a component only edge:runtime/logging"),
        (import("now", "(func)"), "a component only edge:runtime/logging"),
        (import("example:host/empty", "(instance)"), "a component only edge:runtime/logging"),
    ];
    for ((code, message), hint) in cases {
        assert_eq!(code, "unknown_import", "{message}");
        assert!(message.contains(hint), "{message}");
    }
}

#[test]
fn what_goes_beyond_functions_over_values_is_refused() {
    let (code, message) = refusal(text(r#"(component (import "m" (core module)))"#));
    assert_eq!(code, "unsupported_component", "{message}");
    let (code, message) = refusal(text(
        r#"(component (import "edge:runtime/logging@0.1.0" (instance (export "r" (type (sub resource))))))"#,
    ));
    assert_eq!(code, "unknown_import", "{message}");
    let (code, message) = refusal(text("(component)"));
    assert_eq!(code, "nothing_exported");
    assert!(message.contains("choose http-handler or edge-worker"), "{message}");
}

#[test]
fn what_is_asynchronous_is_refused_with_what_guests_have_instead() {
    let core = r#"(core module $m
            (func (export "f") (result i32) i32.const 0) (func (export "g") (param i32))
            (func (export "cb") (param i32 i32 i32) (result i32) i32.const 0))
        (core instance $i (instantiate $m))"#;
    let kinds = [
        r#"(func (export "f") async (canon lift (core func $i "f") async (callback (core func $i "cb"))))"#,
        r#"(func (export "g") (param "x" (stream u8)) (canon lift (core func $i "g")))"#,
        r#"(func (export "g") (param "x" (future u8)) (canon lift (core func $i "g")))"#,
    ];
    for kind in kinds {
        let (code, message) = refusal(text(&format!("(component {core} {kind})")));
        assert_eq!(code, "unsupported_feature", "{message}");
        assert!(message.contains("guests export and import synchronous functions over plain values"), "{message}");
    }
}

#[test]
fn a_wit_package_is_not_a_component() {
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_source("a.wit", "package a:b; interface c { d: func(); }").unwrap();
    let bytes = wit_component::encode(&resolve, package).unwrap();
    let (code, message) = refusal(hashi_guest::check(&bytes, &hashi_guest::PlatformLimits::default()));
    assert_eq!(code, "wit_package");
    assert!(message.contains("upload the component that implements them"), "{message}");
}
