// How many tests a command ran, by what its runner says at the end.

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

const last = (text, pattern) => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);

/** node:test closes with "ℹ pass 3" (spec) or "# pass 3" (TAP). */
function node(text) {
  const count = (word) => last(text, new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, "gm"));
  return {
    passed: count("pass"),
    failed: count("fail") + count("cancelled"),
    skipped: count("skipped") + count("todo"),
  };
}

/** cargo test, and wasm-bindgen's runner, close each binary with "test result: ok. 3 passed; 0 failed; 0 ignored". */
function cargo(text) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const found of text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    counts.passed += Number(found[1]);
    counts.failed += Number(found[2]);
    counts.skipped += Number(found[3]);
  }
  return counts;
}

/** A script of ours closes with "3 passed, 0 failed". */
function closing(text) {
  const found = [...text.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  return { passed: Number(found?.[1] ?? 0), failed: Number(found?.[2] ?? 0), skipped: 0 };
}

/** A command that is one test by itself. */
function exit(_text, code) {
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** By kind: how a command's output is counted, and what in it names the tests that failed. */
const runners = {
  // Spec says each failed test twice, in its place and at the end; TAP says it once.
  node: { count: node, failed: /^(?:\s*✖ (.*) \([\d.]+ms\)|\s*not ok \d+ - (.*))$/gm },
  cargo: { count: cargo, failed: /^test (.*) \.\.\. FAILED$/gm },
  closing: { count: closing, failed: /^\s*✗ (.*?) {2,}/gm },
  exit: { count: exit, failed: undefined },
};

/**
 * Counts a layer's tests. A command that failed without a failed test, and one that ran no test at all, count as one
 * failure, with the reason in `note`.
 * @param {keyof typeof runners} kind
 * @param {string} text its output without colours
 * @param {number} code its exit code
 * @returns {Counts & { note: string }}
 */
export function countTests(kind, text, code) {
  const counts = runners[kind].count(text, code);
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1, note: "the command failed outside its tests" };
  if (counts.passed + counts.failed === 0) return { ...counts, failed: 1, note: "it ran no test" };
  return { ...counts, note: "" };
}

/**
 * The names of the tests that failed, each once, as the command's runner gave them.
 * @param {keyof typeof runners} kind
 * @param {string} text its output without colours
 */
export function failedTests(kind, text) {
  const { failed } = runners[kind];
  const found = failed ? [...text.matchAll(failed)] : [];
  return [...new Set(found.map(([, ...names]) => names.find((name) => name !== undefined)))];
}

/**
 * Whether wasm-bindgen's runner gave up on a page before its first test ended, and no test failed. Once in some thirty runs beside other work the
 * runner's server left a page without the files of an import, which was seen by its log; what hangs in a test of ours does so again.
 * @param {string} text a command's output without colours
 */
export function pageWasSilent(text) {
  const silent = text.includes("Failed to detect test as having been run");
  return silent && !/^test .* \.\.\. /m.test(text.slice(text.lastIndexOf("\nrunning ")));
}
