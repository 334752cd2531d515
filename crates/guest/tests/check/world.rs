use std::path::Path;

use hashi_guest::inspect::Kind;
use hashi_guest::{Checked, Form, PlatformLimits, Refusal, check};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::refusal;

/// A core module with a world of `edge:runtime` embedded, checked.
fn built_for(world: &str, wat: &str) -> Result<(Checked<'static>, Vec<u8>), Refusal> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")).unwrap();
    let world = resolve.packages[package].worlds[world];
    let mut bytes = wat::parse_str(wat).unwrap();
    embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8).unwrap();
    let bytes: &'static [u8] = bytes.leak();
    let checked = check(bytes, &PlatformLimits::default())?;
    let Form::Component(ref component) = checked.form else { panic!("not a component") };
    let component = component.to_vec();
    Ok((checked, component))
}

const RUN: &str = r#"(memory (export "memory") 1) (func (export "run") (result i32) i32.const 8)"#;

#[test]
fn a_core_module_with_a_world_becomes_a_component() {
    let (checked, component) = built_for("edge-worker", &format!("(module {RUN})")).unwrap();
    assert_eq!(checked.inspection.kind, Kind::CoreWithWorld);
    assert_eq!(checked.inspection.worlds, ["edge-worker"]);
    assert_eq!(checked.inspection.exports[0].item.to_string(), "func() -> result<_, string>");
    // What came out is itself an upload that passes.
    let again = check(&component, &PlatformLimits::default()).unwrap();
    assert_eq!(again.inspection.kind, Kind::Component);
    assert_eq!(again.inspection.exports, checked.inspection.exports);
    assert_eq!(again.inspection.worlds, ["edge-worker"]);
}

#[test]
fn what_the_world_imports_is_reported_in_full() {
    let (checked, _) = built_for("edge-worker", &format!("(module {RUN})")).unwrap();
    let fetch = checked.inspection.imports.iter().find(|import| import.name == "fetch").unwrap();
    assert_eq!(fetch.from.as_deref(), Some("edge:runtime/http-outbound@0.1.0"));
    assert_eq!(fetch.item.to_string(), "func(req: request) -> result<response, http-error>");
}

#[test]
fn a_module_must_fit_its_world() {
    let (code, message) = refusal(built_for("http-handler", &format!("(module {RUN})")));
    assert_eq!(code, "world_mismatch");
    assert!(message.contains("handle"), "{message}");
    let wrong = r#"(module (memory (export "memory") 1) (func (export "run") (param i32) (result i32) i32.const 8))"#;
    assert_eq!(refusal(built_for("edge-worker", wrong)).0, "world_mismatch");
}

#[test]
fn beside_its_world_a_module_may_import_nothing() {
    let with = |from: &str, name: &str| {
        let import = format!(r#"(import "{from}" "{name}" (func (param i32 i32)))"#);
        built_for("edge-worker", &format!("(module {import} {RUN})"))
    };
    with("edge:runtime/logging@0.1.0", "info").unwrap();
    let cases = [
        (with("wasi_snapshot_preview1", "fd_write"), "unknown_import", "WASI is not provided"),
        (with("__wbindgen_placeholder__", "__wbindgen_throw"), "unknown_import", "wasm-bindgen writes for JavaScript"),
        (with("env", "log"), "unknown_import", "this one logs through edge:runtime/logging"),
        (with("host", "now"), "unknown_import", "everything that it imports must come from that world"),
        (with("edge:runtime/logging@0.1.0", "shout"), "world_mismatch", "shout"),
        (with("example:other/thing", "f"), "world_mismatch", "example:other/thing"),
    ];
    for (result, code, words) in cases {
        let (given, message) = refusal(result);
        assert_eq!(given, code, "{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_broken_world_is_refused() {
    let mut bytes = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
    bytes.extend(b"\0\x10\x0ecomponent-type\xff");
    assert_eq!(refusal(check(&bytes, &PlatformLimits::default())).0, "world_mismatch");
}
