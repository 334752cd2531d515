use hashi_guest::{PlatformLimits, Role, meter};
use wasmparser::{ExternalKind, TypeRef, ValType};

use crate::{metered, read, wasm};

const EVERYTHING: &str = r#"(module
    (import "env" "memory" (memory 1)) (import "env" "table" (table 1 funcref))
    (import "env" "count" (global (mut i32))) (import "env" "base" (global i32)) (import "env" "f" (func))
    (memory 1) (memory $named 2) (table 3 externref)
    (global (mut i32) (i32.const 1)) (global i64 (i64.const 2)) (global $last (mut f64) (f64.const 3))
    (global i32 (global.get 1))
    (export "own" (memory $named)) (export "last" (global $last))
    (func (export "read") (result f64) (global.get $last)) (func $begin) (start $begin))"#;

#[test]
fn an_owner_defines_its_state_and_exports_it() {
    let module = metered(EVERYTHING, Role::Owner);
    assert_eq!(module.imports.len(), 5, "nothing is imported in addition");
    let added = [
        "hashi:fuel",
        "hashi:stack",
        "hashi:pages",
        "hashi:dirty",
        "hashi:charge",
        "hashi:start",
        "hashi:memory:1",
        "hashi:memory:2",
        "hashi:global:2",
        "hashi:global:4",
        "hashi:table:1",
    ];
    assert_eq!(module.names(), [&["own", "last", "read"][..], &added].concat());
    let kinds: Vec<_> = ["hashi:fuel", "hashi:stack", "hashi:pages", "hashi:dirty"]
        .iter()
        .map(|name| module.globals[module.index(name) as usize - 2])
        .map(|ty| (ty.content_type, ty.mutable))
        .collect();
    assert_eq!(kinds, [(ValType::I64, true), (ValType::I32, true), (ValType::I32, true), (ValType::I32, true)]);
}

#[test]
fn a_sharer_imports_its_state_behind_its_own_imports() {
    let module = metered(EVERYTHING, Role::Sharer);
    let names: Vec<_> = module.imports.iter().skip(5).map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["hashi.fuel", "hashi.stack", "hashi.pages", "hashi.dirty"]);
    for (name, ty) in module.imports.iter().skip(5) {
        let TypeRef::Global(global) = ty else { panic!("{name} is no global") };
        assert!(global.mutable);
    }
    assert!(!module.names().contains(&"hashi:fuel"), "the state is the host's");
    // Its own globals have moved; what refers to them has moved with them.
    assert_eq!(module.index("last"), module.index("hashi:global:4"));
    assert_eq!(module.index("last"), 4 + 4);
}

#[test]
fn the_start_function_is_the_hosts_to_call() {
    for role in [Role::Owner, Role::Sharer] {
        let module = metered(EVERYTHING, role);
        assert!(!module.start);
        let kind = module.exports.iter().find(|(name, ..)| name == "hashi:start").unwrap().1;
        assert_eq!(kind, ExternalKind::Func);
        assert!(!metered("(module (func))", role).names().contains(&"hashi:start"));
    }
}

#[test]
fn the_result_depends_on_nothing_but_the_arguments() {
    for role in [Role::Owner, Role::Sharer] {
        let bytes = wasm(EVERYTHING);
        let once = meter(&bytes, &PlatformLimits::default(), role).unwrap();
        for _ in 0..5 {
            assert_eq!(meter(&bytes, &PlatformLimits::default(), role).unwrap(), once);
        }
    }
}

#[test]
fn names_for_debugging_stay_and_other_custom_sections_go() {
    let text = r#"(module $kept (@custom "producers" "\00") (@custom "other" "x") (func $f (export "f")))"#;
    let module = metered(text, Role::Owner);
    assert_eq!(module.custom, ["name"]);
}

#[test]
fn what_is_not_of_our_feature_set_is_refused() {
    for text in [
        "(module (memory i64 1))",
        "(module (memory 1 1 shared))",
        "(module (memory 1) (func (param i32) (result i32) (i32.atomic.load (local.get 0))))",
        "(module (type $s (struct)))",
        "(module (type $f (func)) (func (param (ref $f)) (call_ref $f (local.get 0))))",
        "(module (func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1))))",
        "(module (func (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1))))",
        "(module (memory 1 (pagesize 1)))",
        "(module (tag $e) (func try throw $e catch_all end))",
    ] {
        for role in [Role::Owner, Role::Sharer] {
            let refusal = meter(&wasm(text), &PlatformLimits::default(), role).unwrap_err();
            assert_eq!(refusal.code(), "invalid_module", "{text}: {refusal}");
        }
    }
}

#[test]
fn a_metered_module_can_not_be_metered_again() {
    let once = metered("(module (func (export \"f\")))", Role::Owner);
    let again = meter(&once.bytes, &PlatformLimits::default(), Role::Owner).unwrap_err();
    assert_eq!(again.code(), "reserved_name");
    assert_eq!(read(once.bytes).names()[0], "f");
}
