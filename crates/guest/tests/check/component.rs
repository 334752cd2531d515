use hashi_guest::inspect::{Kind, Uncallable};

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

/// An interface whose functions pass resources, besides one that doesn't; `more` is inside of it.
fn files(more: &str) -> String {
    format!(
        r#"(component
            (core module $m (func (export "f") (param i32)) (func (export "make") (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (type $file (resource (rep i32)))
            (component $files
                (import "file" (type $file (sub resource)))
                (import "f" (func $f (param "self" (borrow $file))))
                (import "make" (func $make (result (own $file))))
                (import "count" (func $count (result u32)))
                (export $own "file" (type $file))
                (export "[method]file.f" (func $f) (func (param "self" (borrow $own))))
                (export "[constructor]file" (func $make) (func (result (own $own))))
                {more})
            (func $f (param "self" (borrow $file)) (canon lift (core func $i "f")))
            (func $make (result (own $file)) (canon lift (core func $i "make")))
            (func $count (result u32) (canon lift (core func $i "make")))
            (instance $files (instantiate $files (with "file" (type $file)) (with "f" (func $f)) (with "make" (func $make))
                (with "count" (func $count))))
            (export "example:files/files" (instance $files)))"#
    )
}

#[test]
fn functions_that_pass_resources_are_listed_and_can_not_be_called() {
    let inspection = text(&files(r#"(export "count" (func $count))"#)).unwrap();
    let callable: Vec<_> = inspection.functions().into_iter().map(|function| function.name).collect();
    assert_eq!(callable, ["example:files/files#count"]);
    let shown: Vec<_> = inspection
        .exports
        .iter()
        .map(|export| format!("{}: {} {}", export.name, export.item, export.item.why_uncallable().is_some()))
        .collect();
    assert_eq!(
        shown,
        [
            "file: resource false",
            "[method]file.f: func(self: borrow<file>) true",
            "[constructor]file: func() -> own<file> true",
            "count: func() -> u32 false",
        ]
    );
    let (code, message) = refusal(text(&files("")));
    assert_eq!(code, "nothing_exported");
    assert!(message.contains("each function that it exports passes a resource"), "{message}");
}

#[test]
fn handles_are_found_wherever_they_are_in_a_type() {
    let inside = [
        "(list (own $file))",
        "(option (tuple u8 (own $file)))",
        "(result (own $file))",
        "(result u8 (error (own $file)))",
        "(tuple (list (option (own $file))))",
    ];
    for ty in inside {
        let bytes = wat::parse_str(format!(
            r#"(component
                (core module $m (memory (export "memory") 1) (func (export "g") (result i32) i32.const 0))
                (core instance $i (instantiate $m))
                (type $file (resource (rep i32)))
                (func $g (result {ty}) (canon lift (core func $i "g") (memory (core memory $i "memory"))))
                (func $h (result u32) (canon lift (core func $i "g")))
                (instance $files (export "file" (type $file)) (export "g" (func $g)) (export "h" (func $h)))
                (export "example:files/files" (instance $files)))"#
        ))
        .unwrap();
        let bundle = hashi_guest::prepare(&bytes, &hashi_guest::PlatformLimits::default()).unwrap();
        assert_eq!(
            bundle.manifest.plan.uncallable,
            [("example:files/files".into(), "g".into(), Uncallable::Handle.to_string())],
            "{ty}"
        );
        let inspection = hashi_guest::inspect(&bytes, &hashi_guest::PlatformLimits::default()).unwrap();
        let callable: Vec<_> = inspection.functions().into_iter().map(|function| function.name).collect();
        assert_eq!(callable, ["example:files/files#h"], "{ty}");
    }
}

/// An interface that uses the resource of another, as composed components export both.
#[test]
fn a_resource_can_be_used_in_another_interface() {
    let exports = r#"
        (component $user (import "r" (type $r (sub resource))) (import "f" (func $f (param "x" (own $r))))
            (export $own "r" (type $r)) (export "take" (func $f) (func (param "x" (own $own)))))
        (export $e "example:files/files" (instance $files))
        (alias export $e "file" (type $re))
        (core module $n (func (export "f") (param i32))) (core instance $j (instantiate $n))
        (func $take (param "x" (own $re)) (canon lift (core func $j "f")))
        (instance $user (instantiate $user (with "r" (type $re)) (with "f" (func $take))))
        (export "example:files/users" (instance $user))"#;
    let text = files(r#"(export "count" (func $count))"#)
        .replace(r#"(export "example:files/files" (instance $files))"#, exports);
    let inspection = crate::text(&text).unwrap();
    let take = inspection.exports.iter().find(|export| export.name == "take").unwrap();
    assert_eq!(take.from.as_deref(), Some("example:files/users"));
    assert_eq!(take.item.to_string(), "func(x: own<r>)");
}

#[test]
fn an_imported_interface_with_resources_is_named() {
    let import = r#"(component (import "example:files/files" (instance
        (export "file" (type $file (sub resource)))
        (export "[constructor]file" (func (result (own $file))))
        (export "[method]file.read" (func (param "self" (borrow $file)) (result u32))))))"#;
    let (code, message) = refusal(text(import));
    assert_eq!(code, "unknown_import");
    assert!(message.starts_with("unknown import `example:files/files.file`"), "{message}");
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
