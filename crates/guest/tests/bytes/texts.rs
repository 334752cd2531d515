//! What the changes begin with: small modules and components that between them have everything that the meter and prepare look at.

use std::path::Path;

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

pub fn modules() -> Vec<Vec<u8>> {
    [
        r#"(module (func (export "f") (param i32) (result i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))"#,
        r#"(module (import "env" "log" (func $log (param i32 i32 i32))) (memory (export "memory") 1) (data (i32.const 8) "hello")
            (func (export "_start") (call $log (i32.const 1) (i32.const 8) (i32.const 5))))"#,
        r#"(module (memory 1) (memory 2 3) (data $d "abc") (func (export "f")
            (memory.copy 0 1 (i32.const 0) (i32.const 1) (i32.const 2)) (memory.fill 1 (i32.const 0) (i32.const 1) (i32.const 2))
            (memory.init $d (i32.const 0) (i32.const 1) (i32.const 2)) (data.drop $d) (drop (memory.grow 1 (i32.const 1)))))"#,
        r#"(module (table $t 4 funcref) (table $u 1 externref) (elem $e func $f) (elem (table $t) (i32.const 0) func $f)
            (type $v (func)) (func $f (export "f") (table.set $t (i32.const 1) (ref.func $f)) (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))
            (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1)) (drop (table.grow $u (ref.null extern) (i32.const 2)))
            (elem.drop $e) (call_indirect $t (type $v) (i32.const 0)) (return_call_indirect $t (type $v) (i32.const 1))))"#,
        r#"(module (tag $e (param i32)) (func $g (throw $e (i32.const 1))) (func (export "f") (result i32)
            (block $h (result i32) (try_table (result i32) (catch $e $h) (loop (br_if 0 (i32.const 0))) (call $g) (i32.const 2))))
            (func (export "r") (block $x (result exnref) (try_table (catch_all_ref $x) (call $g)) (return)) (throw_ref)))"#,
        r#"(module (global $v (mut v128) (v128.const i64x2 1 2)) (global $i (mut i64) (i64.const 3)) (func (export "f") (param v128) (result v128)
            (global.set $v (i32x4.add (local.get 0) (global.get $v))) (global.set $i (i64.div_s (global.get $i) (i64.const 2)))
            (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (global.get $v) (local.get 0))))"#,
        r#"(module (func $fib (export "fib") (param i32) (result i32) (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2))))))) (func $s) (start $s))"#,
        r#"(module (func (export "f") (param i32) (result i32 i64 f32) (block (block (block (br_table 0 1 2 2 1 (local.get 0))) (return (i32.const 1) (i64.const 2) (f32.const 3))) (unreachable))
            (i32.trunc_sat_f64_u (f64.const 1.5)) (i64.extend32_s (i64.const 3)) (f32.sqrt (f32.const 4))) (func $t (return_call $t)) (export "t" (func $t)))"#,
        r#"(module (import "env" "log" (func)) (import "edge" "base" (global $b i32)) (global i32 (i32.add (global.get $b) (i32.const 1)))
            (func (export "memory")))"#,
    ]
    .map(wasm)
    .into()
}

pub fn components() -> Vec<Vec<u8>> {
    [
        r#"(component (core module $m (func (export "f") (param i32) (result i32) (local.get 0))) (core instance $i (instantiate $m))
            (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))"#,
        r#"(component
            (import "edge:runtime/logging@0.1.0" (instance $log (export "info" (func (param "message" string)))))
            (core module $libc (memory (export "memory") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
            (core instance $libc (instantiate $libc))
            (core func $info (canon lower (func $log "info") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
            (core module $m (import "log" "info" (func (param i32 i32))) (func (export "run") (call 0 (i32.const 0) (i32.const 1))))
            (core instance $m (instantiate $m (with "log" (instance (export "info" (func $info))))))
            (func (export "run") (canon lift (core func $m "run"))))"#,
        r#"(component
            (component $inner (core module $m (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
                (func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))
                (core instance $i (instantiate $m))
                (func (export "echo") (param "s" string) (result string) (canon lift (core func $i "echo") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
            (component $outer (import "echo" (func $echo (param "s" string) (result string)))
                (core module $l (memory (export "memory") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
                (core instance $l (instantiate $l))
                (core func $echo (canon lower (func $echo) (memory (core memory $l "memory")) (realloc (core func $l "realloc")) string-encoding=utf16))
                (core module $m (import "a" "echo" (func (param i32 i32 i32))) (func (export "go") (call 0 (i32.const 0) (i32.const 2) (i32.const 128))))
                (core instance $m (instantiate $m (with "a" (instance (export "echo" (func $echo))))))
                (func (export "go") (canon lift (core func $m "go"))))
            (instance $a (instantiate $inner)) (instance $b (instantiate $outer (with "echo" (func $a "echo"))))
            (export "go" (func $b "go")))"#,
        r#"(component (type $r (record (field "a" u8) (field "b" (list string)) (field "c" (option f64)))) (export $r2 "r" (type $r))
            (type $v (variant (case "x" $r2) (case "y" (tuple u64 char)) (case "z"))) (export $v2 "v" (type $v)) (type $f (flags "p" "q")) (export $f2 "fl" (type $f))
            (core module $m (memory (export "memory") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                (func (export "f") (param i32 i32 i64 i32 i32 i64 i32) (result i32) (i32.const 0)))
            (core instance $i (instantiate $m))
            (core module $n (func (export "g") (param i32) (result i32) (local.get 0))) (core instance $j (instantiate $n)) (core instance $k (instantiate $n))
            (func (export "g") (param "x" $f2) (result $f2) (canon lift (core func $k "g")))
            (func (export "h") (param "x" u8) (result bool) (canon lift (core func $j "g"))))"#,
        // A part that defines a resource, and one that has it passed to it.
        r#"(component
            (component $a
                (core module $d (func (export "gone") (param i32))) (core instance $d (instantiate $d))
                (type $r' (resource (rep i32) (dtor (core func $d "gone")))) (export $r "r" (type $r'))
                (core func $new (canon resource.new $r')) (core func $rep (canon resource.rep $r')) (core func $drop (canon resource.drop $r'))
                (core module $m (import "r" "new" (func $new (param i32) (result i32))) (import "r" "rep" (func $rep (param i32) (result i32)))
                    (import "r" "drop" (func $drop (param i32))) (func (export "make") (result i32) (call $new (i32.const 1)))
                    (func (export "get") (param i32) (result i32) (local.get 0)) (func (export "end") (param i32) (call $drop (local.get 0))))
                (core instance $i (instantiate $m (with "r" (instance (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
                (func (export "[constructor]r") (result (own $r)) (canon lift (core func $i "make")))
                (func (export "[method]r.get") (param "self" (borrow $r)) (result u32) (canon lift (core func $i "get")))
                (func (export "[static]r.end") (param "r" (own $r)) (canon lift (core func $i "end"))))
            (component $b
                (import "a" (instance $a (export "r" (type $r (sub resource))) (export "[constructor]r" (func (result (own $r))))
                    (export "[method]r.get" (func (param "self" (borrow $r)) (result u32))) (export "[static]r.end" (func (param "r" (own $r))))))
                (core func $make (canon lower (func $a "[constructor]r"))) (core func $get (canon lower (func $a "[method]r.get")))
                (core func $end (canon lower (func $a "[static]r.end")))
                (core module $m (import "a" "make" (func $make (result i32))) (import "a" "get" (func $get (param i32) (result i32))) (import "a" "end" (func $end (param i32)))
                    (func (export "go") (result i32) (local i32) (local.set 0 (call $make)) (call $get (local.get 0)) (call $end (local.get 0))))
                (core instance $i (instantiate $m (with "a" (instance (export "make" (func $make)) (export "get" (func $get)) (export "end" (func $end))))))
                (func (export "go") (result u32) (canon lift (core func $i "go"))))
            (instance $a (instantiate $a)) (instance $b (instantiate $b (with "a" (instance $a))))
            (export "go" (func $b "go")) (export "a:b/c" (instance $a)))"#,
    ]
    .map(wasm)
    .into()
}

/// Core modules that carry a world, as bindings generators make them.
pub fn with_worlds() -> Vec<Vec<u8>> {
    let run = r#"(module (import "edge:runtime/logging@0.1.0" "info" (func (param i32 i32))) (memory (export "memory") 1)
        (func (export "run") (result i32) (call 0 (i32.const 0) (i32.const 0)) (i32.const 8)) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8)))"#;
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")).unwrap();
    let world = resolve.packages[package].worlds["edge-worker"];
    let mut module = wasm(run);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    vec![module]
}
