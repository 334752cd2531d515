// What every host is given to do, and how it tells what came of it. Bundled into one file that Node, workerd and Chromium run unchanged.
import { GuestFailure, Program } from "../../../js/guest/index.js";
import { play } from "../metering/play.mjs";

/** A number that tells bytes apart (FNV-1a). */
function fingerprint(bytes) {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${bytes.length} bytes, ${hash.toString(16)}`;
}

/** A value as JSON, with bytes as their fingerprint. */
const show = (value) =>
  JSON.stringify(value, (_, part) => {
    if (part instanceof Uint8Array) return fingerprint(part);
    return typeof part === "bigint" ? `${part}n` : part;
  });

const text = new TextEncoder();
const request = (uri, more) => ({ method: "get", uri, headers: [["accept", "*/*"]], "timeout-ms": 1000, ...more });

const events = Array.from({ length: 40 }, (_, index) => ({
  event_id: `us${index}`,
  origin_time: `2018-02-0${1 + (index % 7)}T12:00:0${index % 10}+00:00`,
  magnitude: (index % 60) / 10,
  magnitude_type: "mww",
  depth_km: index * 1.5,
  place: `${index} km NNE of Hualian, Taiwan`,
}));

/** A host whose answers are always the same, after a real wait. */
const host = {
  log() {},
  async fetch({ uri }) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (uri.includes("denied")) return { tag: "err", val: "permission-denied" };
    return { tag: "ok", val: { status: 200, headers: [], body: text.encode(JSON.stringify(events)) } };
  },
  get: async () => ({ tag: "ok", val: text.encode("body") }),
};

/** A picture in the simplest PNG: stored, not compressed. */
function png(side) {
  const crc = (bytes) => {
    let sum = 0xffffffff;
    for (const byte of bytes) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum >>> 0;
  };
  const word = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const chunk = (name, data) => {
    const body = [...text.encode(name), ...data];
    return [...word(data.length), ...body, ...word(crc(body))];
  };
  const rows = [];
  for (let y = 0; y < side; y++) {
    rows.push(0);
    for (let x = 0; x < side; x++) rows.push(x & 255, y & 255, (x * y) & 255);
  }
  let [a, b] = [1, 0];
  for (const byte of rows) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  const length = [rows.length & 255, rows.length >> 8];
  const stored = [0x78, 1, 1, ...length, ...length.map((half) => ~half & 255), ...rows, ...word(b * 65536 + a)];
  const head = [...word(side), ...word(side), 8, 2, 0, 0, 0];
  const signature = [137, 80, 78, 71, 13, 10, 26, 10];
  return new Uint8Array([...signature, ...chunk("IHDR", head), ...chunk("IDAT", stored), ...chunk("IEND", [])]);
}

/** Calls of the guests and kernels: export and arguments; each is made twice, so that restored instances are among them. */
const calls = {
  "hello-world": [["handle", [request("/?name=Ada")]]],
  assemblyscript: [["handle", [request("/?name=Ada", { method: "post", body: text.encode("a body") })]]],
  "earthquake-digest": [["run", []]],
  proxy: [
    ["handle", [request("/?to=https%3A%2F%2Fexample.com%2F")]],
    ["handle", [request("/?to=https%3A%2F%2Fdenied.example%2F")]],
  ],
  "image-resize": [
    ["resize", [png(48), 20, 31]],
    ["rotate", [png(48), 90]],
    ["crop", [png(16), 10, 10, 10, 10]],
  ],
  misbehave: [
    ["loop-forever", []],
    ["grow-memory", []],
    ["recurse-forever", []],
    ["flood-logs", [50, 1000]],
    ["trap", ["unreachable"]],
    ["trap", ["divide-by-zero"]],
    ["trap", ["out-of-bounds"]],
    ["trap", ["panic"]],
    ["call-often", ["https://example.com/", 5]],
    ["answer-at-length", [100_000]],
    ["fail", ["a message"]],
  ],
  kernels: [
    ["fib", [21]],
    ["sha256", [64]],
    ["matmul", [40]],
    ["json", [200]],
    ["image_resize", [64]],
  ],
};

async function callAll(name, program) {
  const outcomes = {};
  for (const [export_, args] of calls[name]) {
    const first = args.filter((arg) => typeof arg !== "object").join();
    const key = `${export_}(${first})${outcomes[`${export_}(${first})`] ? " again" : ""}`;
    outcomes[key] = [];
    for (let time = 0; time < 2; time++) {
      try {
        const { value, fuel, memory } = await program.call(export_, args, { host, fuel: 50_000_000 });
        outcomes[key].push(`${show(value)}, ${fuel} fuel, ${memory} bytes`);
      } catch (failure) {
        if (!(failure instanceof GuestFailure)) throw failure;
        outcomes[key].push(`${failure.code} ${failure.kind ?? ""}, ${failure.fuel} fuel, ${failure.memory} bytes`);
      }
    }
  }
  return outcomes;
}

/**
 * Does the work.
 *
 * @param {(file: string) => Promise<WebAssembly.Module>} load
 * @param {{ cases: object[], bundles: Record<string, { files: { name: string }[] }> }} plan random modules, and the manifests of bundles
 * @returns what came of each, in text
 */
export async function work(load, { cases, bundles }) {
  const done = {};
  for (const plan of cases) {
    const [environment, driver] = [await load(`${plan.seed}.environment.wasm`), await load(`${plan.seed}.driver.wasm`)];
    for (const kind of ["owner", "sharer"]) {
      const guest = await load(`${plan.seed}.${kind}.wasm`);
      const { outcomes, used } = play({ environment, guest, driver }, plan, { kind });
      done[`seed ${plan.seed}, ${kind}`] = outcomes.map((outcome, at) => `${outcome}, ${used[at]} fuel`);
    }
  }
  for (const [name, manifest] of Object.entries(bundles)) {
    const modules = [];
    for (const file of manifest.files) modules.push(await load(`${name}.${file.name}`));
    done[name] = await callAll(name, new Program(manifest, modules));
  }
  return done;
}
