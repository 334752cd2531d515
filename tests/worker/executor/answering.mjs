// A guest that answers what it is told to, HTTP or not: /418/x-name gives the status 418 and a header x-name that holds the request's body.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../scripts/setup/paths.mjs";
import { hashi } from "../../guest/guests.mjs";

// The canonical ABI of `handle` in wit/worlds.wit: the answer begins at 0 with the case `ok`, status at 4, headers at 8, body at 16; the one header is at 32.
const text = `(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (global.get $next)
    (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get $size)) (i32.const 7)) (i32.const -8))))
  (func $digit (param $at i32) (result i32) (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
  (func (export "handle") (param $method i32) (param $uri i32) (param $length i32) (param $headers i32) (param $count i32)
    (param $some i32) (param $body i32) (param $bytes i32) (param $timed i32) (param $timeout i32) (result i32)
    (i32.store16 (i32.const 4) (i32.add
      (i32.mul (call $digit (i32.add (local.get $uri) (i32.const 1))) (i32.const 100))
      (i32.add
        (i32.mul (call $digit (i32.add (local.get $uri) (i32.const 2))) (i32.const 10))
        (call $digit (i32.add (local.get $uri) (i32.const 3))))))
    (i32.store (i32.const 8) (i32.const 32))
    (i32.store (i32.const 12) (i32.const 1))
    (i32.store (i32.const 32) (i32.add (local.get $uri) (i32.const 5)))
    (i32.store (i32.const 36) (i32.sub (local.get $length) (i32.const 5)))
    (i32.store (i32.const 40) (local.get $body))
    (i32.store (i32.const 44) (local.get $bytes))
    (i32.const 0)))`;

/** The bytes of its module, as an author would make them of a compiler's output. */
export async function answering() {
  const command = await hashi();
  const folder = mkdtempSync(join(tmpdir(), "hashi-answering-"));
  try {
    const [core, module] = ["core.wat", "answering.wasm"].map((name) => join(folder, name));
    writeFileSync(core, text);
    const world = ["--wit", join(root, "wit"), "--world", "http-handler", "--out", module];
    execFileSync(command, ["embed", core, ...world], { stdio: ["ignore", "ignore", "inherit"] });
    return readFileSync(module);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
