// Run alone: node --test tests/sqlite/chaos/judge.test.mjs
// The judge of the chaos runs finds each kind of fault in a forged history, and nothing in a clean one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./judge.mjs";
import { MOST_TABS, plan } from "./plan.mjs";

const SEEN = { total: 8000, accounts: 8, newest: 2, entries: 2 };

const done = (op, issued, settled) => ({ op, kind: "write", ok: true, value: null, issued, settled });
const failed = (op, outcome, code = "timeout") => ({ ...done(op, 4, 5), ok: false, outcome, code, message: "forged" });
const read = (op, issued, settled, entries) => ({
  ...{ op, kind: "read", ok: true, issued, settled },
  value: { ...SEEN, entries },
});

/** As the page reports it: op, count, least part, most part, of, distinct parts. */
const row = (op, count = 1, of = 1) => [op, count, 0, Math.min(count, of) - 1, of, Math.min(count, of)];
const contents = (...entries) => ({ entries, total: 8000, integrity: ["ok"] });

/** The first word or words of each sentence: the kind of fault. */
const kinds = (history, held) => judge(history, held).map((sentence) => sentence.split(":")[0]);

test("a clean history is clean", () => {
  const transfer = { ...done("t", 6, 7), kind: "transfer" };
  const history = [done("a", 0, 1), read("r", 2, 3, 1), failed("b", "unknown"), failed("c", "none"), transfer];
  assert.deepEqual(judge(history, contents(row("a"), row("b"), row("t", 2, 2))), []);
  assert.deepEqual(judge(history, contents(row("a"), row("t", 2, 2))), [], "an unknown one may be missing");
});

test("an acknowledged write that is missing, double or torn is found", () => {
  assert.deepEqual(kinds([done("a", 0, 1)], contents()), ["lost"]);
  assert.deepEqual(kinds([done("a", 0, 1)], contents(row("a", 2))), ["twice"]);
  const batch = { ...done("b", 0, 1), kind: "batch", rows: 5 };
  assert.deepEqual(kinds([batch], contents(row("b", 3, 5))), ["torn"]);
});

test("a write that was said not to be done is found, and so is one that nobody asked for", () => {
  assert.deepEqual(kinds([failed("a", "none")], contents(row("a"))), ["undead"]);
  assert.deepEqual(kinds([{ ...done("a", 0, 1), kind: "abandon" }], contents(row("a"))), ["undead"]);
  assert.deepEqual(kinds([failed("a", "unknown")], contents(row("a", 2))), ["twice"]);
  assert.deepEqual(kinds([], contents(row("a"))), ["from nowhere"]);
});

test("a read that misses what was acknowledged, sees too much or goes back is found", () => {
  assert.deepEqual(kinds([done("a", 0, 1), read("r", 2, 3, 0)], contents(row("a"))), ["stale"]);
  assert.deepEqual(kinds([read("r", 2, 3, 1)], contents()), ["too many"]);
  const slow = { ...done("a", 0, 9) };
  const history = [slow, read("r1", 1, 2, 1), read("r2", 3, 4, 0)];
  assert.deepEqual(kinds(history, contents(row("a"))), ["back in time"]);
  // Two reads at the same time may see what they like of a write that goes on.
  assert.deepEqual(kinds([slow, read("r1", 1, 3, 1), read("r2", 2, 4, 0)], contents(row("a"))), []);
});

test("a snapshot that isn't one is found", () => {
  const torn = { ...read("r", 2, 3, 0), value: { ...SEEN, entries: 0, total: 7990 } };
  assert.deepEqual(kinds([torn], contents()), ["torn read"]);
  const audit = (value) => ({ ...read("r", 2, 3, 0), kind: "audit", value });
  const calm = { ...SEEN, entries: 0 };
  assert.deepEqual(kinds([audit({ ...calm, torn: ["a"], second: calm })], contents()), ["torn read"]);
  const moved = { ...calm, newest: 3 };
  assert.deepEqual(kinds([audit({ ...calm, torn: [], second: moved })], contents()), ["moving snapshot"]);
});

test("errors that no dying tab explains, lost money and a broken file are found", () => {
  assert.deepEqual(kinds([failed("a", "none", "internal")], contents()), ["error"]);
  assert.deepEqual(kinds([failed("a", "none", null)], contents()), ["error"]);
  assert.deepEqual(kinds([], { ...contents(), total: 7999 }), ["money"]);
  assert.deepEqual(kinds([], { ...contents(), integrity: ["row 3 missing from index"] }), ["integrity_check"]);
});

test("a seed decides the plan, and a plan has every kind of step", () => {
  assert.deepEqual(plan(7, 2_000), plan(7, 2_000));
  assert.notDeepEqual(plan(7, 200), plan(8, 200));
  const kinds = new Set(plan(7, 3_000).map(({ kind }) => kind));
  const all = ["bulky", "write", "transfer", "batch", "read", "audit", "abandon", "constraint"];
  all.push("open", "close", "reload", "crash", "terminate", "broker", "freeze", "throttle", "quota");
  assert.deepEqual([...kinds].sort(), all.sort());
});

test("a plan keeps 2 to 8 tabs and asks only tabs that are there", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const open = new Set([0, 1]);
    for (const { kind, slot } of plan(seed, 3_000)) {
      if (kind === "open") assert.ok(!open.has(slot) && slot < MOST_TABS);
      else if (kind !== "broker") assert.ok(open.has(slot), `${kind} in place ${slot}`);
      if (kind === "open") open.add(slot);
      if (kind === "close") open.delete(slot);
      assert.ok(open.size >= 2 && open.size <= 8);
    }
  }
});
