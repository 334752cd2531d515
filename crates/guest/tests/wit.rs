//! The package that guests are written against, as wit-parser (the parser of wasm-tools) reads it.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use wit_parser::{Docs, Resolve, TypeDefKind, WorldId, WorldItem};

fn package() -> Resolve {
    let mut resolve = Resolve::default();
    resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")).unwrap();
    resolve
}

fn world(resolve: &Resolve, name: &str) -> WorldId {
    let (package, _) =
        resolve.packages.iter().find(|(_, package)| package.name.to_string() == "edge:runtime@0.1.0").unwrap();
    resolve.packages[package].worlds[name]
}

/// The names of what a world imports and exports, interfaces that are only types among them.
fn names<'a>(resolve: &Resolve, items: impl Iterator<Item = (&'a wit_parser::WorldKey, &'a WorldItem)>) -> Vec<String> {
    let functions = items.filter(|(_, item)| !matches!(item, WorldItem::Type { .. }));
    functions.map(|(key, _)| resolve.name_world_key(key)).collect()
}

#[test]
fn each_world_has_the_imports_and_exports_that_it_promises() {
    let resolve = package();
    let worlds = [
        ("library", &["edge:runtime/logging@0.1.0"] as &[_], &[] as &[&str]),
        (
            "edge-worker",
            &["edge:runtime/logging@0.1.0", "edge:runtime/http-types@0.1.0", "edge:runtime/http-outbound@0.1.0"],
            &["run"],
        ),
        (
            "http-handler",
            &["edge:runtime/logging@0.1.0", "edge:runtime/http-types@0.1.0", "edge:runtime/http-outbound@0.1.0"],
            &["handle"],
        ),
    ];
    for (name, imports, exports) in worlds {
        let world = &resolve.worlds[world(&resolve, name)];
        assert_eq!(names(&resolve, world.imports.iter()), imports, "{name}");
        assert_eq!(names(&resolve, world.exports.iter()), exports, "{name}");
    }
}

#[test]
fn a_world_of_ones_own_can_include_library() {
    let mut resolve = package();
    let text = "package example:greeter; world greeter { include edge:runtime/library@0.1.0; export greet: func(name: string) -> string; }";
    let own = resolve.push_source("greeter.wit", text).unwrap();
    let world = &resolve.worlds[resolve.select_world(&[own], Some("greeter")).unwrap()];
    assert_eq!(names(&resolve, world.imports.iter()), ["edge:runtime/logging@0.1.0"]);
    assert_eq!(names(&resolve, world.exports.iter()), ["greet"]);
}

/// The package is its own documentation: a type, field, case or function that comes without a sentence is a mistake.
#[test]
fn everything_in_the_package_is_documented() {
    let resolve = package();
    let mut bare = Vec::new();
    let mut look = |name: String, docs: &Docs| {
        if docs.contents.as_ref().is_none_or(|text| text.trim().is_empty()) {
            bare.push(name);
        }
    };
    for (_, interface) in &resolve.interfaces {
        let of = interface.name.clone().unwrap();
        look(of.clone(), &interface.docs);
        interface.functions.values().for_each(|function| look(format!("{of}.{}", function.name), &function.docs));
        for (name, id) in &interface.types {
            let definition = &resolve.types[*id];
            match &definition.kind {
                // A `use`: documented where it is defined.
                TypeDefKind::Type(_) => continue,
                TypeDefKind::Enum(cases) if name != "method" => {
                    cases.cases.iter().for_each(|case| look(format!("{of}.{name}.{}", case.name), &case.docs));
                }
                // `method` and its field say it all.
                TypeDefKind::Record(record) => {
                    let fields = record.fields.iter().filter(|field| field.name != "method");
                    fields.for_each(|field| look(format!("{of}.{name}.{}", field.name), &field.docs));
                }
                _ => {}
            }
            look(format!("{of}.{name}"), &definition.docs);
        }
    }
    for (_, world) in &resolve.worlds {
        look(world.name.clone(), &world.docs);
        for item in world.exports.values() {
            if let WorldItem::Function(function) = item {
                look(format!("{}.{}", world.name, function.name), &function.docs);
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}
