// Two guests made by wit-bindgen, composed as tools do it: the reader makes, lends, gives away and drops books that the shelf defines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../../../js/guest/index.js";
import { bundleOf, fileOfText, inside, otherOf, readerGuest, shelfGuest } from "../rig.mjs";

const outside = {
  logging: "edge:runtime/logging@0.1.0",
  types: "edge:runtime/http-types@0.1.0",
  outbound: "edge:runtime/http-outbound@0.1.0",
};
const file = fileOfText(`(component
  (import "${outside.logging}" (instance $logging (export "debug" (func (param "message" string)))))
  (import "${outside.types}" (instance $types
    (type $e (enum "permission-denied" "timeout" "dns-error" "connection-failed" "tls-error" "body-too-large" "rate-limited" "other"))
    (export "http-error" (type (eq $e)))))
  (alias export $types "http-error" (type $error))
  (import "${outside.outbound}" (instance $outbound
    (alias outer 1 $error (type $e))
    (export "http-error" (type $own (eq $e)))
    (export "get" (func (param "uri" string) (result (result (list u8) (error $own)))))))
  ${inside("shelf", shelfGuest())}
  ${inside("reader", readerGuest())}
  (instance $s (instantiate $shelf
    ${Object.entries(outside)
      .map(([name, of]) => `(with "${of}" (instance $${name}))`)
      .join(" ")}))
  (alias export $s "shelf:guest/books@0.1.0" (instance $books))
  (instance $r (instantiate $reader (with "shelf:guest/books@0.1.0" (instance $books))))
  (export "tell" (func $r "tell"))
  (export "shelf:guest/books@0.1.0" (instance $books)))`);
const { manifest, modules } = bundleOf(file);

const told = [
  [["b", "c", "d", "a and b"], 4, 1],
  ["a", "b", "c", "d", "a and b"],
]; // what is returned, what destructors log

test("composed guests pass books between them, and each book's destructor runs once", async () => {
  const program = new Program(manifest, modules);
  const outcomes = [];
  for (let time = 0; time < 3; time++) {
    const lines = [];
    const host = { log: (_, line) => lines.push(line) };
    const { value, fuel, instance } = await program.call("tell", [["a", "b", "c", "d"]], { host });
    assert.deepEqual([value, lines], told);
    outcomes.push([fuel, instance]);
  }
  const [fuel] = outcomes[0];
  assert.deepEqual(outcomes, [
    [fuel, "fresh"],
    [fuel, "restored"],
    [fuel, "restored"],
  ]);
});

test("js-component-bindgen gives the same of them, and logs the same", async () => {
  const lines = [];
  const unused = () => {
    throw new Error("nothing is fetched");
  };
  const imports = {};
  for (const [name, functions] of [
    [outside.logging, { debug: (line) => lines.push(line) }],
    [outside.types, {}],
    [outside.outbound, { get: unused }],
  ]) {
    imports[name] = functions;
    imports[name.split("@")[0]] = functions;
  }
  const instantiate = await otherOf(file);
  const value = instantiate(imports).tell(["a", "b", "c", "d"]);
  assert.deepEqual([value, lines], told);
});
