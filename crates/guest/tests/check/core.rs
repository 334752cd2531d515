use hashi_guest::inspect::{CoreType, Item, Kind, Memory};
use hashi_guest::{Form, PlatformLimits, Sha256, check, inspect};

use crate::{refusal, text};

const LOG: &str = r#"(import "env" "log" (func (param i32 i32 i32)))"#;

#[test]
fn a_core_module_is_reported_with_value_types() {
    let bytes = wat::parse_str(
        r#"(module $adder
            (memory (export "memory") 2 16)
            (global (export "count") (mut i64) (i64.const 0))
            (table (export "table") 3 5 funcref)
            (func (export "add") (param i32 i64) (result f32 f64) (f32.const 0) (f64.const 0))
            (func (export "_start")))"#,
    )
    .unwrap();
    let checked = check(&bytes, &PlatformLimits::default()).unwrap();
    assert!(matches!(checked.form, Form::Core(ref core) if **core == bytes[..]));
    let inspection = checked.inspection;
    assert_eq!(inspection.name.as_deref(), Some("adder"));
    assert_eq!(inspection.kind, Kind::Core);
    assert_eq!((inspection.bytes, inspection.sha256), (bytes.len() as u64, Sha256::of(&bytes)));
    assert_eq!(inspection.memories, [Memory { minimum: 2, maximum: Some(16) }]);
    let shown: Vec<_> = inspection.exports.iter().map(|export| format!("{}: {}", export.name, export.item)).collect();
    assert_eq!(
        shown,
        [
            "memory: memory of 2 pages, at most 16",
            "count: global mut i64",
            "table: table of 3 funcref, at most 5",
            "add: func(i32, i64) -> (f32, f64)",
            "_start: func()",
        ]
    );
    let add =
        Item::CoreFunction { params: vec![CoreType::I32, CoreType::I64], results: vec![CoreType::F32, CoreType::F64] };
    assert_eq!(inspection.exports[3].item, add);
}

#[test]
fn the_report_is_json() {
    let bytes = wat::parse_str(r#"(module (func (export "half") (param f64) (result f64) local.get 0))"#).unwrap();
    let json = serde_json::to_value(inspect(&bytes, &PlatformLimits::default()).unwrap()).unwrap();
    assert_eq!(json["kind"], "core");
    let half = serde_json::json!([{ "from": null, "name": "half", "kind": "core_function", "params": ["f64"], "results": ["f64"] }]);
    assert_eq!(json["exports"], half);
}

#[test]
fn producers_and_names_that_are_broken_are_passed_over() {
    let mut bytes = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
    // Two custom sections with one byte of nonsense each.
    bytes.extend(b"\0\x06\x04name\xff\0\x0b\x09producers\xff");
    let inspection = inspect(&bytes, &PlatformLimits::default()).unwrap();
    assert_eq!((inspection.name, inspection.producers.len()), (None, 0));
}

#[test]
fn env_log_is_provided_to_who_exports_a_memory() {
    text(&format!(r#"(module {LOG} (memory (export "memory") 1) (func (export "_start")))"#)).unwrap();
    let bare = text(&format!(r#"(module {LOG} (func (export "_start")))"#));
    assert_eq!(
        refusal(bare),
        (
            "missing_export",
            "no export `memory`: `env.log` reads its text from the memory that is exported under this name".into()
        )
    );
    let wrong = text(
        r#"(module (import "env" "log" (func (param i32 i32))) (memory (export "memory") 1) (func (export "f")))"#,
    );
    assert_eq!(
        refusal(wrong),
        (
            "import_type_mismatch",
            "import `env.log` is used as `func(i32, i32)`, but the platform provides `func(i32, i32, i32)`; declare it as \
             log(level: i32, pointer: i32, length: i32)"
                .into()
        )
    );
}

#[test]
fn an_unknown_import_is_named_with_what_to_do_instead() {
    let cases = [
        ("wasi_snapshot_preview1", "fd_write", "WASI is not provided; build for a target without it"),
        ("wasi:cli/stdout@0.2.0", "get-stdout", "WASI is not provided"),
        ("__wbindgen_placeholder__", "__wbindgen_describe", "wasm-bindgen writes for JavaScript"),
        ("./app_bg.js", "__wbg_log_12ab", "build for a WIT world with the crate wit-bindgen"),
        ("env", "abort", "build with `--use abort=`"),
        ("env", "strlen", "a symbol that linking has left undefined"),
        ("gojs", "runtime.wasmExit", "TinyGo"),
        ("edge:runtime/logging@0.1.0", "info", "add one with `hashi embed --wit DIR --world NAME`"),
        ("host", "now", "may import only env.log(level: i32, pointer: i32, length: i32)"),
    ];
    for (from, name, hint) in cases {
        let (code, message) =
            refusal(text(&format!(r#"(module (import "{from}" "{name}" (func)) (func (export "f")))"#)));
        assert_eq!(code, "unknown_import");
        assert!(message.starts_with(&format!("unknown import `{from}.{name}`: ")), "{message}");
        assert!(message.contains(hint), "{message}");
    }
    let (_, message) = refusal(text(r#"(module (import "env" "memory" (memory 1)) (func (export "f")))"#));
    assert!(message.contains("define and export it in the module itself"), "{message}");
}

#[test]
fn the_platforms_own_names_are_reserved() {
    text(r#"(module (func (export "hashi")))"#).unwrap();
    let reserved = "the name `hashi:fuel` is reserved: names that begin with `hashi:` are the platform's; rename it";
    let modules = [
        r#"(module (global (export "hashi:fuel") (mut i64) (i64.const 0)))"#,
        r#"(module (import "hashi:fuel" "f" (func)))"#,
        r#"(module (import "env" "hashi:fuel" (func)))"#,
        r#"(component (core module (func (export "hashi:fuel"))))"#,
    ];
    for module in modules {
        assert_eq!(refusal(text(module)), ("reserved_name", reserved.into()), "{module}");
    }
}

#[test]
fn a_function_whose_name_no_store_keeps_is_refused() {
    let (code, message) = refusal(text(r#"(module (func (export "f")) (func (export "a\00b")))"#));
    assert_eq!(code, "unusable_name");
    let words = r#"the export "a\0b" has U+0000 in its name, which not every store of modules can keep; rename it"#;
    assert_eq!(message, words);
    // What nobody calls is told to nobody, and other characters are kept.
    text(r#"(module (memory (export "m\00") 1) (func (export "a\01\c2\80b")))"#).unwrap();
}

#[test]
fn a_module_without_functions_is_of_no_use() {
    let (code, message) = refusal(text(r#"(module (memory (export "memory") 1))"#));
    assert_eq!(code, "nothing_exported");
    assert!(message.contains("export a function over numbers, such as `_start`"), "{message}");
}

#[test]
fn a_module_whose_functions_all_pass_what_no_call_can_is_of_no_use() {
    for param in ["externref", "funcref", "v128"] {
        let (code, message) = refusal(text(&format!(r#"(module (func (export "f") (param {param})))"#)));
        assert_eq!(code, "nothing_exported", "{param}");
        let words = "each function that it exports passes a reference or a vector, which no call from outside can; export one over numbers";
        assert_eq!(message, format!("nothing to call: {words}"), "{param}");
        let beside = format!(r#"(module (func (export "f") (param {param})) (func (export "g") (param i64)))"#);
        let callable: Vec<_> = text(&beside).unwrap().functions().into_iter().map(|function| function.name).collect();
        assert_eq!(callable, ["g"], "{param}");
        let bundle = hashi_guest::prepare(&wat::parse_str(&beside).unwrap(), &PlatformLimits::default()).unwrap();
        let planned: Vec<_> = bundle.manifest.plan.exports.into_iter().map(|export| export.name).collect();
        assert_eq!(planned, ["g"], "{param}");
    }
}

#[test]
fn what_is_not_webassembly_is_called_what_it_is() {
    let cases: [(&[u8], &str); 6] = [
        (b"", "not WebAssembly: it is empty; upload a core module or a component"),
        (b"  (module)", "it looks like the text format; convert it with `wasm-tools parse`"),
        (b"\x1f\x8b\x08", "compressed with gzip"),
        (b"!<arch>\n", "static library"),
        (b"\x7fELF", "a program for Linux; build for the target wasm32-unknown-unknown"),
        (b"hello, world", "it begins with 68 65 6c 6c"),
    ];
    for (bytes, words) in cases {
        let (code, message) = refusal(check(bytes, &PlatformLimits::default()));
        assert_eq!(code, "not_webassembly");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn broken_modules_are_told_from_modules_of_other_proposals() {
    let invalid = refusal(text(r#"(module (func (export "f") (result i32)))"#));
    assert_eq!(invalid.0, "invalid_module");
    assert!(invalid.1.starts_with("not valid WebAssembly at byte "), "{}", invalid.1);
    for truncated in [&b"\0asm"[..], b"\0asm\x01\0\0", b"\0asm\x01\0\0\0\x01\x05", b"\0asm\x09\0\0\0"] {
        assert_eq!(refusal(check(truncated, &PlatformLimits::default())).0, "invalid_module");
    }
    let beyond = [
        ("threads", r#"(module (memory 1 1 shared) (func (export "f")))"#),
        ("memory64", r#"(module (memory i64 1) (func (export "f")))"#),
        ("garbage collection", r#"(module (type (struct)) (func (export "f")))"#),
        (
            "relaxed SIMD",
            r#"(module (func (export "f") (result v128) v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.relaxed_swizzle))"#,
        ),
        (
            "function references",
            r#"(module (type $t (func)) (func (export "f") (param (ref null $t)) local.get 0 call_ref $t))"#,
        ),
        ("atomics", r#"(module (memory 1) (func (export "f") atomic.fence))"#),
        ("legacy exceptions", r#"(module (tag) (func (export "f") try catch_all end))"#),
        ("custom page sizes", r#"(module (memory 1 (pagesize 1)) (func (export "f")))"#),
    ];
    for (proposal, module) in beyond {
        let (code, message) = refusal(text(module));
        assert_eq!(code, "unsupported_feature", "{proposal}: {message}");
        assert!(message.contains("guests use WebAssembly 2.0"), "{message}");
    }
}

#[test]
fn each_proposal_of_the_feature_set_is_taken() {
    let modules = [
        r#"(module (func (export "f") (result i64) (i64x2.extract_lane 0 (v128.const i64x2 0 0))))"#,
        r#"(module (memory 1) (memory 1) (func (export "f") (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 1))))"#,
        r#"(module (func $g) (func (export "f") return_call $g))"#,
        r#"(module (tag $t) (func (export "f") (block $b (try_table (catch $t $b) throw $t))))"#,
        r#"(module (tag $t) (func (export "f") (block $b (result exnref) (try_table (catch_all_ref $b)) return) throw_ref))"#,
        r#"(module (global i32 (i32.add (i32.const 1) (i32.const 2))) (func (export "f")))"#,
        r#"(module (table 1 externref) (func (export "f") (table.set (i32.const 0) (ref.null extern))))"#,
        r#"(module (func (export "f") (param f64) (result i32 i64) (i32.trunc_sat_f64_u (local.get 0)) (i64.extend32_s (i64.const 0))))"#,
    ];
    for module in modules {
        assert!(text(module).is_ok(), "{module}: {:?}", text(module));
    }
}
