// Components with resources, in text: one that defines and uses a type alone, and three that pass the resources of the first among them.

import { steps } from "./steps.mjs";

/** Loads and stores that name the slot of a handle. */
const slot = (index) => `(i32.add (i32.const 1024) (i32.mul (i32.const 4) ${index}))`;

/**
 * A component that defines a type of resource and whose core module has `new`, `rep` and `drop` of it, and of a second type `rep2` and `drop2`;
 * `functions` are lifted from the core functions of their names. Its destructor adds the representation to the global `gone`, and traps at 13.
 *
 * @param {string} core
 * @param {[name: string, type: string, options?: string][]} functions
 * @param {{ destructor?: string }} [parts]
 */
export const alone = (core, functions, { destructor = "" } = {}) => `(component
  (core module $state
    (global $gone (export "gone") (mut i32) (i32.const 0))
    (func (export "destroy") (param i32)
      (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
      ${destructor}
      (global.set $gone (i32.add (global.get $gone) (local.get 0)))))
  (core instance $state (instantiate $state))
  (type $r (resource (rep i32) (dtor (core func $state "destroy"))))
  (type $other (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $rep (canon resource.rep $r))
  (core func $drop (canon resource.drop $r))
  (core func $new2 (canon resource.new $other))
  (core func $rep2 (canon resource.rep $other))
  (core func $drop2 (canon resource.drop $other))
  (core module $m
    (import "r" "new" (func $new (param i32) (result i32)))
    (import "r" "rep" (func $rep (param i32) (result i32)))
    (import "r" "drop" (func $drop (param i32)))
    (import "r" "new2" (func $new2 (param i32) (result i32)))
    (import "r" "rep2" (func $rep2 (param i32) (result i32)))
    (import "r" "drop2" (func $drop2 (param i32)))
    (import "state" "gone" (global $gone (mut i32)))
    (memory (export "memory") 1)
    ${core})
  (core instance $i (instantiate $m
    (with "r" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))
      (export "new2" (func $new2)) (export "rep2" (func $rep2)) (export "drop2" (func $drop2))))
    (with "state" (instance (export "gone" (global $state "gone"))))))
  ${functions
    .map(
      ([name, type, options = ""]) =>
        `(func (export "${name}") ${type} (canon lift (core func $i "${name}") ${options}))`,
    )
    .join("\n")})`;

/** Counters: they begin with a number, can be added to and merged, and `live` says how many there are. */
const counters = `(component $counters
  (core module $state
    (memory (export "memory") 1)
    (global $live (export "live") (mut i32) (i32.const 0))
    (func (export "gone") (param $at i32)
      (i32.store (local.get $at) (i32.const 0xdead))
      (global.set $live (i32.sub (global.get $live) (i32.const 1)))))
  (core instance $state (instantiate $state))
  (type $counter' (resource (rep i32) (dtor (core func $state "gone"))))
  (export $counter "counter" (type $counter'))
  (core func $new (canon resource.new $counter'))
  (core func $rep (canon resource.rep $counter'))
  (core func $drop (canon resource.drop $counter'))
  (core module $m
    (import "r" "new" (func $new (param i32) (result i32)))
    (import "r" "rep" (func $rep (param i32) (result i32)))
    (import "r" "drop" (func $drop (param i32)))
    (import "state" "memory" (memory 1))
    (import "state" "live" (global $live (mut i32)))
    (global $next (mut i32) (i32.const 16))
    (func $make (export "make") (param $start i32) (result i32)
      (i32.store (global.get $next) (local.get $start))
      (global.set $live (i32.add (global.get $live) (i32.const 1)))
      (call $new (global.get $next))
      (global.set $next (i32.add (global.get $next) (i32.const 4))))
    (func (export "get") (param $at i32) (result i32) (i32.load (local.get $at)))
    (func (export "add") (param $at i32) (param $more i32)
      (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $more))))
    (func (export "merge") (param $a i32) (param $b i32) (result i32)
      (i32.add (i32.load (call $rep (local.get $a))) (i32.load (call $rep (local.get $b))))
      (call $drop (local.get $a)) (call $drop (local.get $b))
      (call $make))
    (func (export "absorb") (param $at i32) (param $other i32) (result i32)
      (i32.add (i32.load (local.get $at)) (i32.load (call $rep (local.get $other))))
      (call $drop (local.get $other)))
    (func (export "live") (result i32) (global.get $live)))
  (core instance $i (instantiate $m
    (with "r" (instance (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))
    (with "state" (instance $state))))
  (func (export "[constructor]counter") (param "start" u32) (result (own $counter)) (canon lift (core func $i "make")))
  (func (export "[method]counter.get") (param "self" (borrow $counter)) (result u32) (canon lift (core func $i "get")))
  (func (export "[method]counter.add") (param "self" (borrow $counter)) (param "more" u32) (canon lift (core func $i "add")))
  (func (export "[static]counter.merge") (param "a" (own $counter)) (param "b" (own $counter)) (result (own $counter))
    (canon lift (core func $i "merge")))
  (func (export "[method]counter.absorb") (param "self" (borrow $counter)) (param "other" (own $counter)) (result u32)
    (canon lift (core func $i "absorb")))
  (func (export "live") (result u32) (canon lift (core func $i "live"))))`;

const importCounters = `(import "counters" (instance $counters
    (export "counter" (type $counter (sub resource)))
    (export "[constructor]counter" (func (param "start" u32) (result (own $counter))))
    (export "[method]counter.get" (func (param "self" (borrow $counter)) (result u32)))
    (export "[method]counter.add" (func (param "self" (borrow $counter)) (param "more" u32)))
    (export "[static]counter.merge" (func (param "a" (own $counter)) (param "b" (own $counter)) (result (own $counter))))
    (export "[method]counter.absorb" (func (param "self" (borrow $counter)) (param "other" (own $counter)) (result u32)))
    (export "live" (func (result u32)))))
  (alias export $counters "counter" (type $counter))
  (core func $make (canon lower (func $counters "[constructor]counter")))
  (core func $get (canon lower (func $counters "[method]counter.get")))
  (core func $add (canon lower (func $counters "[method]counter.add")))
  (core func $merge (canon lower (func $counters "[static]counter.merge")))
  (core func $absorb (canon lower (func $counters "[method]counter.absorb")))
  (core func $live (canon lower (func $counters "live")))
  (core func $drop (canon resource.drop $counter))`;
const given = `(with "counters" (instance (export "make" (func $make)) (export "get" (func $get)) (export "add" (func $add))
      (export "merge" (func $merge)) (export "absorb" (func $absorb)) (export "live" (func $live)) (export "drop" (func $drop))))`;
const imported = `
    (import "counters" "make" (func $make (param i32) (result i32)))
    (import "counters" "get" (func $get (param i32) (result i32)))
    (import "counters" "add" (func $add (param i32 i32)))
    (import "counters" "merge" (func $merge (param i32 i32) (result i32)))
    (import "counters" "absorb" (func $absorb (param i32 i32) (result i32)))
    (import "counters" "live" (func $live (result i32)))
    (import "counters" "drop" (func $drop (param i32)))`;

/** Borrows others' counters: `look` and `all` drop the borrows, `keep` doesn't, `give` gives one away. Owns them too: `pass` gives back, `hoard` keeps. */
const borrower = `(component $borrower
  ${importCounters}
  (core module $m ${imported}
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func (export "look") (param i32) (result i32) (call $get (local.get 0)) (call $drop (local.get 0)))
    (func (export "keep") (param i32) (result i32) (call $get (local.get 0)))
    (func (export "give") (param i32) (result i32) (call $merge (local.get 0) (local.get 0)) drop (i32.const 0))
    (func (export "pass") (param i32) (result i32) (local.get 0))
    (func (export "hoard") (param i32) (result i32) (local.get 0))
    (func (export "all") (param $at i32) (param $count i32) (result i32) (local $sum i32)
      (block $done (loop $l
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $sum (i32.add (local.get $sum) (call $get (i32.load (local.get $at)))))
        (call $drop (i32.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $l)))
      (local.get $sum)))
  (core instance $i (instantiate $m ${given}))
  (func (export "look") (param "c" (borrow $counter)) (result u32) (canon lift (core func $i "look")))
  (func (export "keep") (param "c" (borrow $counter)) (result u32) (canon lift (core func $i "keep")))
  (func (export "give") (param "c" (borrow $counter)) (result u32) (canon lift (core func $i "give")))
  (func (export "pass") (param "c" (own $counter)) (result (own $counter)) (canon lift (core func $i "pass")))
  (func (export "hoard") (param "c" (own $counter)) (result u32) (canon lift (core func $i "hoard")))
  (func (export "all") (param "c" (list (borrow $counter))) (result u32)
    (canon lift (core func $i "all") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))`;

const code = {
  make: `(i32.store ${slot("(local.get $a)")} (call $make (local.get $b))) (i32.load ${slot("(local.get $a)")})`,
  get: `(call $get (i32.load ${slot("(local.get $a)")}))`,
  add: `(call $add (i32.load ${slot("(local.get $a)")}) (local.get $b)) (i32.const 0)`,
  drop: `(call $drop (i32.load ${slot("(local.get $a)")})) (i32.const 0)`,
  merge: `(i32.store ${slot("(local.get $a)")} (call $merge (i32.load ${slot("(local.get $a)")}) (i32.load ${slot("(local.get $b)")})))
    (i32.load ${slot("(local.get $a)")})`,
  look: `(call $look (i32.load ${slot("(local.get $a)")}))`,
  live: "(call $live)",
  copy: `(i32.store ${slot("(local.get $a)")} (i32.load ${slot("(local.get $b)")})) (i32.const 0)`,
  keep: `(call $keep (i32.load ${slot("(local.get $a)")}))`,
  pass: `(i32.store ${slot("(local.get $a)")} (call $pass (i32.load ${slot("(local.get $a)")}))) (i32.load ${slot("(local.get $a)")})`,
  all: `(call $all ${slot("(local.get $a)")} (i32.sub (local.get $b) (local.get $a)))`,
  absorb: `(call $absorb (i32.load ${slot("(local.get $a)")}) (i32.load ${slot("(local.get $b)")}))`,
  hoard: `(call $hoard (i32.load ${slot("(local.get $a)")}))`,
  give: `(call $give (i32.load ${slot("(local.get $a)")}))`,
};

/** One `br_table` over all steps, the first of which is the innermost block. */
const dispatch = steps.reduce(
  (inner, name) => `(block $${name} ${inner}) ${code[name]} (br $out)`,
  `(br_table ${steps.map((name) => `$${name}`).join(" ")} $live (local.get $what))`,
);

const user = `(component $user
  ${importCounters}
  (import "borrower" (instance $borrower
    (alias outer 1 $counter (type $c))
    (export "look" (func (param "c" (borrow $c)) (result u32)))
    (export "keep" (func (param "c" (borrow $c)) (result u32)))
    (export "give" (func (param "c" (borrow $c)) (result u32)))
    (export "pass" (func (param "c" (own $c)) (result (own $c))))
    (export "hoard" (func (param "c" (own $c)) (result u32)))
    (export "all" (func (param "c" (list (borrow $c))) (result u32)))))
  (core module $libc
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 8192))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3)))))
  (core instance $libc (instantiate $libc))
  (core func $look (canon lower (func $borrower "look")))
  (core func $keep (canon lower (func $borrower "keep")))
  (core func $give (canon lower (func $borrower "give")))
  (core func $pass (canon lower (func $borrower "pass")))
  (core func $hoard (canon lower (func $borrower "hoard")))
  (core func $all (canon lower (func $borrower "all") (memory (core memory $libc "memory"))))
  (core module $m ${imported}
    (import "borrower" "look" (func $look (param i32) (result i32)))
    (import "borrower" "keep" (func $keep (param i32) (result i32)))
    (import "borrower" "give" (func $give (param i32) (result i32)))
    (import "borrower" "pass" (func $pass (param i32) (result i32)))
    (import "borrower" "hoard" (func $hoard (param i32) (result i32)))
    (import "borrower" "all" (func $all (param i32 i32) (result i32)))
    (import "libc" "memory" (memory 2))
    (func $step (param $what i32) (param $a i32) (param $b i32) (result i32)
      (block $out (result i32) ${dispatch}))
    (func (export "run") (param $at i32) (param $length i32) (result i32) (local $end i32) (local $out i32)
      (local.set $end (i32.add (local.get $at) (local.get $length)))
      (local.set $out (i32.const 65536))
      (block $done (loop $l
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (i32.store (local.get $out)
          (call $step (i32.load8_u (local.get $at)) (i32.load8_u offset=1 (local.get $at)) (i32.load8_u offset=2 (local.get $at))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $at (i32.add (local.get $at) (i32.const 3)))
        (br $l)))
      (i32.store (i32.const 0) (i32.const 65536))
      (i32.store (i32.const 4) (i32.div_u (i32.sub (local.get $out) (i32.const 65536)) (i32.const 4)))
      (i32.const 0)))
  (core instance $i (instantiate $m ${given} (with "libc" (instance $libc))
    (with "borrower" (instance (export "look" (func $look)) (export "keep" (func $keep)) (export "give" (func $give))
      (export "pass" (func $pass)) (export "hoard" (func $hoard)) (export "all" (func $all))))))
  (func (export "run") (param "steps" (list u8)) (result (list u32))
    (canon lift (core func $i "run") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))`;

/** A component of three, the last of which does steps with counters; `run` and `live` are exported, and the first for other components. */
export const composed = `(component
  ${counters}
  ${borrower}
  ${user}
  (instance $c (instantiate $counters))
  (instance $b (instantiate $borrower (with "counters" (instance $c))))
  (instance $u (instantiate $user (with "counters" (instance $c)) (with "borrower" (instance $b))))
  (export "run" (func $u "run"))
  (export "live" (func $c "live"))
  (export "test:counters/counters" (instance $c)))`;
