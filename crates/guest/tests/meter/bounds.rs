use hashi_guest::{PlatformLimits, Role, meter};
use wasmparser::types::EntityType;

use crate::{metered, refused, wasm};

fn limits(change: impl FnOnce(&mut PlatformLimits)) -> PlatformLimits {
    let mut limits = PlatformLimits::default();
    change(&mut limits);
    limits
}

#[test]
fn memories_and_tables_get_the_platforms_maxima() {
    let text = "(module (memory 1) (memory 1 7) (memory 2 5000) (table 1 funcref) (table 1 9 funcref) (table 5 500000 externref))";
    for role in [Role::Owner, Role::Sharer] {
        let module = metered(text, role);
        let pages: Vec<_> = module.memories.iter().map(|memory| (memory.initial, memory.maximum)).collect();
        assert_eq!(pages, [(1, Some(1024)), (1, Some(7)), (2, Some(1024))]);
        let elements: Vec<_> = module.tables.iter().map(|table| (table.initial, table.maximum)).collect();
        assert_eq!(elements, [(1, Some(100_000)), (1, Some(9)), (5, Some(100_000))]);
    }
}

#[test]
fn what_begins_larger_than_the_platform_takes_is_refused() {
    let few = limits(|limits| (limits.memory_pages, limits.table_elements) = (10, 20));
    for (fits, too_much, message) in [
        (
            "(module (memory 4) (memory 6))",
            "(module (memory 4) (memory 7))",
            "pages of all memories: 11 is more than the 10",
        ),
        (
            "(module (table 4 funcref) (table 16 externref))",
            "(module (table 5 funcref) (table 16 externref))",
            "elements of all tables: 21 is more than the 20",
        ),
    ] {
        meter(&wasm(fits), &few, Role::Owner).unwrap();
        let refusal = refused(too_much, &few);
        assert!(refusal.to_string().starts_with(message), "{refusal}");
    }
}

#[test]
fn charges_may_not_make_a_module_larger_than_the_platform_takes() {
    // Where exceptions can be caught, a function that holds fuel back settles before each call.
    let calls = "(call $g)".repeat(30_000);
    let text = format!(
        r#"(module (func $g) (func (export "f") (loop (br_if 0 (i32.const 0)) {calls}))
            (func (export "e") (try_table (catch_all 0) (call $g))))"#
    );
    let plain = wasm(&text).len() as u64;
    let most = limits(|limits| limits.metered_bytes = 500_000);
    let refusal = refused(&text, &most);
    assert_eq!(refusal.code(), "limit_exceeded");
    assert!(refusal.to_string().starts_with("bytes of a core module with its charges: "), "{refusal}");
    let fits = meter(&wasm(&text), &PlatformLimits::default(), Role::Owner).unwrap();
    assert!(fits.len() as u64 > 5 * plain, "{} of {plain}: the test no longer tests anything", fits.len());
}

#[test]
fn charges_may_not_make_a_function_longer_than_v8_compiles() {
    let calls = "(call $g)".repeat(300_000);
    let text = format!(
        r#"(module (func $g) (func (export "f") (loop (br_if 0 (i32.const 0)) {calls}))
            (func (export "e") (try_table (catch_all 0) (call $g))))"#
    );
    let refusal = refused(&text, &PlatformLimits::default());
    assert!(refusal.to_string().starts_with("bytes of function 1 with its charges: "), "{refusal}");
}

#[test]
fn exports_keep_their_types() {
    let text = r#"(module (memory (export "m") 1) (global (export "g") (mut i64) (i64.const 1)) (func (export "f") (param i32 f64) (result i64) (i64.const 1)))"#;
    let plain = crate::read(wasm(text));
    for role in [Role::Owner, Role::Sharer] {
        let module = metered(text, role);
        for (name, ty) in &plain.types {
            let (_, now) = module.types.iter().find(|(other, _)| other == name).unwrap();
            let same = match (ty, now) {
                (EntityType::Memory(was), EntityType::Memory(is)) => was.initial == is.initial,
                (EntityType::Global(was), EntityType::Global(is)) => was == is,
                (EntityType::Func(_), EntityType::Func(_)) => true,
                _ => false,
            };
            assert!(same, "{name}: {ty:?}, {now:?}");
        }
    }
}
