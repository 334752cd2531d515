// A guest that tries to send requests where it can't be suspended, and catches whatever comes of it. Hosts run it by `tryAll`, unchanged.

const errors =
  '"permission-denied" "timeout" "dns-error" "connection-failed" "tls-error" "body-too-large" "rate-limited" "other"';

/** Its exports say how often that failed; `plainly` sends one as a guest should. */
export const tries = `(component
  (import "edge:runtime/http-outbound@0.1.0" (instance $out
    (type $error (enum ${errors}))
    (export "http-error" (type $http-error (eq $error)))
    (export "get" (func (param "uri" string) (result (result (list u8) (error $http-error)))))))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (core func $get (canon lower (func $out "get") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $tries
    (import "out" "get" (func $get (param i32 i32 i32)))
    (import "libc" "memory" (memory 1))
    (global $failed (export "failed") (mut i32) (i32.const 0))
    (func $try (export "try")
      (block $caught
        (try_table (catch_all $caught) (call $get (i32.const 0) (i32.const 3) (i32.const 16)) (return)))
      (global.set $failed (i32.add (global.get $failed) (i32.const 1))))
    (func (export "destroy") (param $times i32)
      (loop $again (call $try) (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $try) (i32.const 2048))
    (start $try))
  (core instance $tries (instantiate $tries
    (with "out" (instance (export "get" (func $get)))) (with "libc" (instance $libc))))
  (type $r (resource (rep i32) (dtor (core func $tries "destroy"))))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $r))
  (core module $m
    (import "r" "new" (func $new (param i32) (result i32)))
    (import "r" "drop" (func $drop (param i32)))
    (import "tries" "failed" (global $failed (mut i32)))
    (import "tries" "try" (func $try))
    (func (export "at-start") (result i32) (global.get $failed))
    (func (export "in-destructor") (param $times i32) (result i32) (call $drop (call $new (local.get $times))) (global.get $failed))
    (func (export "in-allocator") (param i32 i32) (result i32) (global.get $failed))
    (func (export "after-return") (result i32) (global.get $failed))
    (func (export "after") (param i32) (call $try))
    (func (export "plainly") (result i32) (call $try) (global.get $failed))
    (func (export "afterwards") (result i32) (call $drop (call $new (i32.const 1))) (call $try) (global.get $failed)))
  (core instance $i (instantiate $m
    (with "r" (instance (export "new" (func $new)) (export "drop" (func $drop)))) (with "tries" (instance $tries))))
  (func (export "at-start") (result u32) (canon lift (core func $i "at-start")))
  (func (export "in-destructor") (param "times" u32) (result u32) (canon lift (core func $i "in-destructor")))
  (func (export "in-allocator") (param "x" string) (result u32)
    (canon lift (core func $i "in-allocator") (memory (core memory $libc "memory")) (realloc (core func $tries "realloc"))))
  (func (export "after-return") (result u32) (canon lift (core func $i "after-return") (post-return (core func $i "after"))))
  (func (export "plainly") (result u32) (canon lift (core func $i "plainly")))
  (func (export "afterwards") (result u32) (canon lift (core func $i "afterwards"))))`;

/** Export, arguments, how often it failed besides once at the start, requests that left. */
export const expected = [
  ["at-start", [], 0, 0],
  ["in-destructor", [1], 1, 0],
  ["in-destructor", [100], 100, 0],
  ["in-allocator", ["x"], 1, 0],
  ["after-return", [], 0, 0],
  ["plainly", [], 0, 1],
  ["afterwards", [], 1, 1],
];

/** Calls each: what it gave, the requests that left, and its fuel; twice, so that an instance that could be restored would be. */
export async function tryAll(program) {
  const outcomes = [];
  for (const [name, args] of [...expected, ...expected]) {
    let sent = 0;
    const get = async () => {
      sent += 1;
      return { tag: "ok", val: new Uint8Array(3) };
    };
    const { value, fuel } = await program.call(name, args, { host: { log() {}, get } });
    outcomes.push([name, args, value - 1, sent, fuel]);
  }
  return outcomes;
}
