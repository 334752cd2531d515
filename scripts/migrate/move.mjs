// The move itself. Each step may be repeated: what is there already is left as it is, so a move that was killed goes on by starting again.
import { hash } from "./target.mjs";

const BATCH_KEYS = 500;

/**
 * Copies everything from `source` to `target`.
 *
 * @param {(text: string) => void} say hears how far it is
 * @returns {Promise<string[]>} what is wrong at the end: nothing, if all went well
 */
export async function move(source, target, say) {
  const strangers = await source.strangers();
  if (strangers.length > 0) {
    const some = strangers.slice(0, 5).map(({ owner }) => JSON.stringify(owner));
    throw new Error(
      `${strangers.length} owners are no users of a Supabase project, whose ids are UUIDs: ${some.join(", ")}. Give their functions to others first`,
    );
  }
  const problems = [];
  const functions = await moveFunctions(source, target, say, problems);
  await moveKeys(source, target);
  await target.call("claim_ticks", JSON.stringify({ claims: await source.ticks() }));
  const executions = await moveExecutions(source, target, say);
  say(`${functions} functions and ${executions} executions were looked at`);
  await compare(source, target, problems);
  return problems;
}

async function moveFunctions(source, target, say, problems) {
  let count = 0;
  for await (const { doc, modules } of source.functions()) {
    const whole = await moveBytes(source, target, doc, modules, problems);
    if (whole) {
      const moved = await target.call("import_function", JSON.stringify({ function: doc, modules }));
      if (moved) say(`${doc.name}: revision ${doc.revision}, ${modules.length} versions`);
    }
    count++;
  }
  return count;
}

/** The bytes of each version and of its bundle; false if some are lost or damaged where they come from. */
async function moveBytes(source, target, { id, name }, modules, problems) {
  let whole = true;
  for (const { version, sha256, prepared } of modules) {
    const objects = [[`modules/${sha256}`, `modules/${sha256}/${id}`, sha256]];
    if (prepared?.bundle) {
      objects.push([
        `bundles/${sha256}/${prepared.bundle}`,
        `bundles/${sha256}/${id}/${prepared.bundle}`,
        prepared.bundle,
      ]);
    }
    for (const [from, to, wanted] of objects) {
      const bytes = await source.object(from);
      if (bytes && hash(bytes) === wanted) await target.store(to, bytes, wanted);
      else {
        problems.push(
          `${name}, version ${version}: ${from} is ${bytes ? "damaged" : "missing"}, so the function stays where it is`,
        );
        whole = false;
      }
    }
  }
  return whole;
}

async function moveKeys(source, target) {
  const keys = await source.keys();
  for (let at = 0; at < keys.length; at += BATCH_KEYS) {
    const batch = keys.slice(at, at + BATCH_KEYS).map((key) => ({ ...key, function: JSON.parse(key.function) }));
    await target.call("import_keys", JSON.stringify({ keys: batch }));
  }
}

async function moveExecutions(source, target, say) {
  let count = 0;
  for await (const { docs, place } of source.executions()) {
    await target.call("record_executions", `{"executions":[${docs.map(withoutNul).join(",")}]}`);
    count += docs.length;
    if (count % 10_000 < docs.length) say(`${count} executions, up to ${place.time}`);
  }
  return count;
}

/** The same JSON with U+FFFD for each U+0000, which Postgres can't keep. */
export function withoutNul(json) {
  return json.replace(/\\(?:u0000|.)/g, (unit) => (unit === "\\u0000" ? "\\ufffd" : unit));
}

/** Counts both sides, and compares each function with its copy. */
async function compare(source, target, problems) {
  const [here, there] = [await source.counts(), await target.call("count_platform", "{}")];
  for (const what of ["functions", "modules", "executions"]) {
    if (there[what] < here[what]) problems.push(`${here[what]} ${what} were to be moved, and ${there[what]} are there`);
  }
  for await (const { doc, modules } of source.functions()) {
    const [copy] = await target.call("resolve_function", JSON.stringify({ id: doc.id }));
    const active = modules.find(({ version }) => version === doc.active_version) ?? null;
    if (!copy) problems.push(`${doc.name} is not there`);
    else if (canonical(copy) !== canonical([doc, active]))
      problems.push(`${doc.name} was changed while it was copied: run this again`);
  }
}

/** JSON with sorted names. */
function canonical(value) {
  const sorted = (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner;
  return JSON.stringify(value, sorted);
}
