use hashi_guest::{Checked, PlatformLimits, Refusal, check};

/// A module of a given size in each direction; the sentence that refuses it is what the limit says.
fn under(change: impl Fn(&mut PlatformLimits), wat: &str) -> Result<(), Refusal> {
    let mut limits = PlatformLimits::default();
    change(&mut limits);
    check(&wat::parse_str(wat).unwrap(), &limits).map(|Checked { .. }| ())
}

/// A value of a limit that just takes the module, one that just doesn't, and what is said then.
#[track_caller]
fn just(field: fn(&mut PlatformLimits) -> &mut u32, enough: u32, wat: &str, what: &str) {
    assert_eq!(under(|limits| *field(limits) = enough, wat), Ok(()), "{wat}");
    let refusal = under(|limits| *field(limits) = enough - 1, wat).unwrap_err();
    let wanted = format!("{what}: {enough} is more than the {} that the platform takes", enough - 1);
    assert_eq!((refusal.code(), refusal.to_string()), ("limit_exceeded", wanted));
}

#[test]
fn each_limit_takes_what_it_says_and_no_more() {
    let f = r#"(func (export "f"))"#;
    let module = |inside: &str| format!("(module {inside} {f})");
    let bytes = wat::parse_str(module("")).unwrap().len() as u32;
    just(|l| &mut l.module_bytes, bytes, &module(""), "bytes of the module");
    // The bytes of a body: no locals, ten times nop, end.
    just(
        |l| &mut l.function_bytes,
        12,
        &module("(func nop nop nop nop nop nop nop nop nop nop)"),
        "bytes of function 0",
    );
    just(|l| &mut l.memory_pages, 5, &module("(memory 2) (memory 3)"), "pages of 64 KiB that the memories begin with");
    just(
        |l| &mut l.table_elements,
        9,
        &module("(table 4 funcref) (table 5 externref)"),
        "elements that the tables begin with",
    );
    let segments = "(elem func 0 0) (elem funcref (ref.null func))";
    just(|l| &mut l.table_elements, 3, &module(segments), "elements of all element segments");
    for (what, kinds) in [
        ("types", "(type (func)) (type (func (param i32))) (type (func (param i64)))"),
        ("functions", "(func) (func)"),
        ("globals", "(global i32 (i32.const 0)) (global i32 (i32.const 0)) (global i32 (i32.const 0))"),
        ("memories", "(memory 0) (memory 0) (memory 0)"),
        ("tables", "(table 0 funcref) (table 0 funcref) (table 0 funcref)"),
        ("tags", "(tag) (tag) (tag)"),
        ("element segments", "(elem func) (elem func) (elem func)"),
        ("data segments", r#"(data "") (data "") (data "")"#),
    ] {
        just(|l| &mut l.definitions, 3, &module(kinds), what);
    }
    just(|l| &mut l.parameters, 3, &module("(func (param i32 i32 i32))"), "parameters of a function type");
    just(|l| &mut l.results, 2, &module("(func (result i32 i32) unreachable)"), "results of a function type");
    just(|l| &mut l.locals, 3, &module("(func (local i32 i64 i32))"), "locals of function 0");
    let with_parameters = module("(func (param i32 i32) (local i64))");
    just(|l| &mut l.locals, 3, &with_parameters, "locals of function 0, its parameters included");
    let nested = module("(func block loop i32.const 0 if end end end)");
    just(|l| &mut l.nesting, 3, &nested, "blocks inside one another in function 0");
    just(|l| &mut l.exports, 2, &module(r#"(func (export "g"))"#), "exports");
    just(|l| &mut l.name_bytes, 4, &module(r#"(func (export "four"))"#), "bytes of the name of an export");
    let log = module(r#"(import "env" "log" (func (param i32 i32 i32))) (memory (export "memory") 1)"#);
    just(|l| &mut l.imports, 1, &log, "imports");
}

#[test]
fn data_must_fit_into_the_most_memory() {
    let data = format!(r#"(module (memory 2) (data (i32.const 0) "{}") (func (export "f")))"#, "x".repeat(70_000));
    let refusal = under(|limits| limits.memory_pages = 1, &data).unwrap_err();
    assert_eq!(refusal.code(), "limit_exceeded");
    assert_eq!(under(|limits| limits.memory_pages = 2, &data), Ok(()));
}

/// A component whose instantiation makes two of what the one before makes two of.
fn doubling(steps: usize) -> String {
    let mut wat =
        String::from("(component (component $c0 (core module $m (memory 1)) (core instance (instantiate $m)))");
    for step in 1..=steps {
        let before = step - 1;
        wat += &format!(
            "(component $c{step} (alias outer 1 $c{before} (component $d)) (instance (instantiate $d)) (instance (instantiate $d)))"
        );
    }
    wat + &format!("(instance (instantiate $c{steps})))")
}

#[test]
fn a_component_can_not_multiply_itself() {
    let refusal = under(|_| {}, &doubling(20)).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "instances that the component makes of what is inside it: 47 is more than the 32 that the platform takes"
    );
    // It exports nothing, but that is noticed later.
    assert_eq!(under(|_| {}, &doubling(2)).unwrap_err().code(), "nothing_exported");
    let pages = under(|limits| limits.memory_pages = 3, &doubling(2)).unwrap_err();
    assert_eq!(
        pages.to_string(),
        "pages of 64 KiB that the memories of its instances need: 4 is more than the 3 that the platform takes"
    );
}

#[test]
fn the_parts_and_items_of_a_component_are_counted() {
    let parts = format!("(component {})", "(core module)".repeat(33));
    let refusal = under(|_| {}, &parts).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "core modules and components inside the component: 33 is more than the 32 that the platform takes"
    );
    let items = format!("(component {})", "(type (list u8))".repeat(10_001));
    let refusal = under(|_| {}, &items).unwrap_err();
    assert!(refusal.to_string().starts_with("types, aliases and other items of the component: 10001"), "{refusal}");
}

/// Types that name the one before twice: 2 to the power of `steps` when written out.
fn doubling_type(steps: usize) -> String {
    let mut wat = String::from(
        r#"(component (core module $m (memory (export "memory") 1) (func (export "f") (param i32 i32))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (type $t0 (tuple u8 u8))"#,
    );
    for step in 1..=steps {
        let before = step - 1;
        wat += &format!("(type $t{step} (result $t{before} (error (list $t{before}))))");
    }
    wat + &format!(
        r#"(func (export "f") (param "x" (list $t{steps}))
            (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
    )
}

#[test]
fn signatures_are_bounded_though_types_are_shared() {
    let wat = doubling_type(15);
    let bytes = wat::parse_str(&wat).unwrap();
    let refusal = check(&bytes, &PlatformLimits::default()).unwrap_err();
    assert_eq!(refusal.code(), "limit_exceeded", "{refusal}");
}
