// A guest that has, changes and shows everything that could outlast a call.

/**
 * A guest with everything that lasts: `look` sums up what it sees of its state, and each of `changes` changes some.
 */
export const state = `(module
  (memory (export "memory") 1) (memory $second 1 4)
  (data (i32.const 100) "first") (data (memory $second) (i32.const 70) "second") (data $passive "passive")
  (table $t 4 8 funcref) (elem (i32.const 1) $seven) (elem $e func $eight)
  (table $x (export "table") 2 externref)
  (global $i (mut i32) (i32.const 5)) (global $l (mut i64) (i64.const 6)) (global $f (mut f32) (f32.const 0.5)) (global $d (mut f64) (f64.const -0))
  (global $v (mut v128) (v128.const i64x2 1 2)) (global $r (mut funcref) (ref.null func))
  (type $n (func (result i32)))
  (func $seven (type $n) (i32.const 7)) (func $eight (type $n) (i32.const 8))
  (func $sum (param $from i32) (param $to i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 31)) (i32.load8_u (local.get $from))))
      (br_if $l (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 1))) (local.get $to))))
    (local.get $s))
  (func (export "look") (result i32 i32 i32 i64 f32 f64 i32 i32 i32 i64 i32 i32)
    (call $sum (i32.const 0) (i32.const 65536))
    (i32.load $second (i32.const 70))
    (global.get $i) (global.get $l) (global.get $f) (global.get $d)
    (memory.size) (memory.size $second) (table.size $t)
    (i64x2.extract_lane 0 (global.get $v))
    (ref.is_null (table.get $t (i32.const 2)))
    (ref.is_null (global.get $r)))
  (func (export "nothing"))
  (func (export "write") (memory.fill (i32.const 0) (i32.const 9) (i32.const 65536)))
  (func (export "write second") (i32.store $second (i32.const 70) (i32.const 9)))
  (func (export "write the last byte") (i32.store8 (i32.const 65535) (i32.const 9)))
  (func (export "globals")
    (global.set $i (i32.const 50)) (global.set $l (i64.const 60)) (global.set $f (f32.const 0)) (global.set $d (f64.const 1)))
  (func (export "a reference in a global") (global.set $r (table.get $t (i32.const 1))))
  (func (export "a vector in a global") (global.set $v (v128.const i64x2 3 4)))
  (func (export "grow") (drop (memory.grow (i32.const 1))))
  (func (export "grow second") (drop (memory.grow $second (i32.const 1))))
  (func (export "grow by nothing") (drop (memory.grow (i32.const 0))))
  (func (export "table set") (table.set $t (i32.const 2) (ref.func $seven)))
  (func (export "table grow") (drop (table.grow $t (ref.null func) (i32.const 1))))
  (func (export "table init") (table.init $t $e (i32.const 2) (i32.const 0) (i32.const 1)))
  (func (export "table copy") (table.copy $t $t (i32.const 2) (i32.const 1) (i32.const 1)))
  (func (export "table fill") (table.fill $t (i32.const 2) (ref.func $seven) (i32.const 1)))
  (func (export "elem drop") (elem.drop $e))
  (func (export "data drop") (data.drop $passive))
  (func (export "data init") (memory.init $passive (i32.const 300) (i32.const 0) (i32.const 7)))
  (func (export "has passive") (memory.init $passive (i32.const 300) (i32.const 0) (i32.const 7)))
  (func (export "has element") (table.init $t $e (i32.const 2) (i32.const 0) (i32.const 1)))
  (func (export "trap") (i32.store (i32.const 0) (i32.const 9)) (unreachable))
  (elem declare func $seven $eight))`;

/** The exports of `state` that change some of it, and whether the instance that they ran in can serve again. */
export const changes = {
  nothing: "restored",
  write: "restored",
  "write second": "restored",
  "write the last byte": "restored",
  globals: "restored",
  "a reference in a global": "restored",
  "a vector in a global": "fresh",
  grow: "fresh",
  "grow second": "fresh",
  "grow by nothing": "restored",
  "table set": "fresh",
  "table grow": "fresh",
  "table init": "fresh",
  "table copy": "fresh",
  "table fill": "fresh",
  "elem drop": "fresh",
  "data drop": "fresh",
  "data init": "restored",
};
