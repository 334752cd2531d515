//! Modules that are cheap to check and to run, but make the host work: what compiling or holding them takes is in no proportion to what they
//! weigh. Each was seen to hurt V8 before there was a limit; what it took then is said beside it.

use hashi_guest::{PlatformLimits, check};

use crate::{fast, refused};

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// 28 seconds and 23 GB, at the first call.
#[test]
fn branches_under_many_operands() {
    let operands = 100_000;
    let text = format!(
        r#"(module (func (export "f") (param i32) {} {} {}))"#,
        "(i32.const 5)".repeat(operands),
        "(if (local.get 0) (then))".repeat(2_000),
        "(drop)".repeat(operands),
    );
    refused(&wasm(&text), "values at the branches of function 0: ");
}

/// 1.7 GB when V8 compiled it a second time, because it was hot.
#[test]
fn branches_over_many_locals() {
    let module = |count: usize| {
        wasm(&format!(
            r#"(module (func (export "f") (param i32) (local {}) {}))"#,
            "i32 ".repeat(990),
            "(if (local.get 0) (then (local.set 1 (local.get 2))))".repeat(count)
        ))
    };
    refused(&module(10_000), "values at the branches of function 0: ");
    assert_eq!(fast(&module(1_000)), Ok(()));
}

/// The end of the process, for want of memory.
#[test]
fn nested_loops_that_change_many_locals() {
    let body: String = (1..990).map(|local| format!("(local.set {local} (local.get 0))")).collect();
    let nest = format!("{}{body}{}", "(loop ".repeat(900), "(br_if 0 (local.get 0)))".repeat(900));
    let text = format!(r#"(module (func (export "f") (param i32) (local {}) {nest}))"#, "i32 ".repeat(990));
    refused(&wasm(&text), "values at the branches of function 0: ");
}

/// 1.4 GB and 14 seconds.
#[test]
fn tables_of_branches_over_many_locals() {
    let targets = "0 1 ".repeat(500);
    let text = format!(
        r#"(module (func (export "f") (param i32) (local {}) {}))"#,
        "i32 ".repeat(990),
        format!("(block (block (br_table {targets} (local.get 0))))").repeat(100)
    );
    refused(&wasm(&text), "values at the branches of function 0: ");
}

/// 644 MB and 19 seconds for 100 KB.
#[test]
fn calls_that_pass_many_values() {
    let (types, values) = ("i64 ".repeat(16), "(i64.const 1)".repeat(16));
    let module = |calls: usize| {
        wasm(&format!(
            r#"(module (type $t (func (param {types}) (result {types}))) (table 1 funcref)
                (func $g (type $t) {values})
                (func (export "f") {values} {} {} {}))"#,
            "(call $g)".repeat(calls),
            "(i32.const 0) (call_indirect (type $t))".repeat(calls),
            "(drop)".repeat(16),
        ))
    };
    refused(&module(5_000), "values at the branches of function 1: ");
    assert_eq!(fast(&module(500)), Ok(()));
}

/// As many functions as it takes, each within its limit.
#[test]
fn branches_of_all_functions_together() {
    let body = "(if (local.get 0) (then))".repeat(1_800);
    let function = format!("(func (export \"#\") (param i32) (local {}) {body})", "i32 ".repeat(990));
    let functions: String = (0..12).map(|index| function.replace('#', &index.to_string())).collect();
    refused(&wasm(&format!("(module {functions})")), "values at the branches of all functions: ");
}

/// 16,000 memories used up the address space of the process, for all its tenants.
#[test]
fn memories_that_take_address_space() {
    refused(&wasm(&format!(r#"(module {} (func (export "f")))"#, "(memory 0)".repeat(17))), "memories: 17");
    assert!(
        check(
            &wasm(&format!(r#"(module {} (func (export "f")))"#, "(memory 0)".repeat(16))),
            &PlatformLimits::default()
        )
        .is_ok()
    );
    let component = |instances: usize| {
        wasm(&format!(
            r#"(component (core module $m (memory 0) (memory 0) (memory 0) (memory 0) (func (export "f")))
                {} (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))"#,
            "(core instance (instantiate $m))".repeat(instances - 1)
        ))
    };
    refused(&component(5), "memories of its instances: 20");
    assert!(check(&component(4), &PlatformLimits::default()).is_ok());
}

/// 3 million elements of 32 bytes each.
#[test]
fn tables_of_many_instances() {
    let component = |instances: usize| {
        wasm(&format!(
            r#"(component (core module $m (table 40000 funcref) (func (export "f")))
                {} (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))"#,
            "(core instance (instantiate $m))".repeat(instances - 1)
        ))
    };
    refused(&component(3), "elements that the tables of its instances begin with: 120000");
    assert!(check(&component(2), &PlatformLimits::default()).is_ok());
}

/// 80 ms for each new instance.
#[test]
fn globals_that_have_to_be_restored() {
    let module = |count: usize| {
        wasm(&format!(r#"(module {} (func (export "f")))"#, "(global (mut i32) (i32.const 0))".repeat(count)))
    };
    refused(&module(1_001), "mutable globals: 1001");
    assert_eq!(fast(&module(1_000)), Ok(()));
}

/// 60 ms for each new instance.
#[test]
fn constants_that_take_long_to_evaluate() {
    let sum = |terms: usize| format!("(i32.const 1) {}", "(i32.const 1) (i32.add)".repeat(terms));
    for text in ["(global i32 #)", "(memory 1) (data (offset #) \"\")", "(table 1 funcref) (elem (offset #) func)"] {
        let module = |terms| wasm(&format!(r#"(module {} (func (export "f")))"#, text.replace('#', &sum(terms))));
        refused(&module(1_000), "bytes of a constant expression: ");
        assert_eq!(fast(&module(50)), Ok(()));
    }
}

/// 621 MB of the host's heap for 283 million units of fuel.
#[test]
fn exceptions_that_are_kept() {
    for kept in ["(table 1 exnref)", "(table 1 (ref null noexn))", "(global (mut exnref) (ref.null exn))"] {
        let bytes = wasm(&format!(r#"(module {kept} (func (export "f")))"#));
        if kept.contains("noexn") {
            // Holds nothing but null.
            assert_eq!(fast(&bytes), Ok(()));
            continue;
        }
        let refusal = fast(&bytes).unwrap_err();
        assert_eq!(refusal.code(), "unsupported_feature", "{refusal}");
        assert!(refusal.to_string().contains("of type `exnref` holds exceptions"), "{refusal}");
    }
    let tag =
        |values: usize| wasm(&format!(r#"(module (tag (param {})) (func (export "f")))"#, "v128 ".repeat(values)));
    refused(&tag(9), "values of an exception: 9");
    assert_eq!(fast(&tag(8)), Ok(()));
    let imported =
        wasm(&format!(r#"(module (import "a" "b" (tag (param {}))) (func (export "f")))"#, "v128 ".repeat(9)));
    refused(&imported, "values of an exception: 9");
}
