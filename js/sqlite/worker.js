// The database worker: starts the candidate (crates/sqlite-tab), which waits for the lock of its database and only then has SQLite loaded, and
// hands it what the page says. Calls go by it, straight to the leader.
import { Leader } from "./leader.js";
import init, { Candidate } from "./tab/hashi_sqlite_tab.js";

/** @type {any} */
const page = globalThis;
/** @type {number} the client whose worker this is */
let own;
/** @type {Leader | undefined} */
let leader;
/** @type {Candidate | undefined} */
let candidate;
/** @type {Promise<void> | undefined} */
let started;
let fallen = false;

// Before the page says anything, for that has its own to load.
const address = new URL("./tab/hashi_sqlite_tab_bg.wasm", import.meta.url);
const lack = init({ module_or_path: address }).then(
  () => undefined,
  (error) => `the database's tab can't be loaded in its worker from ${address.href}: ${error?.message ?? error}`,
);

async function start(settings) {
  const { key, id, life, storage, busyTimeout, openTimeout } = settings;
  const why = await lack;
  if (why) return page.postMessage(["failed", "no_engine", why]);
  own = id;
  leader = new Leader(settings, fall);
  candidate = new Candidate(leader, key, id, life, storage, busyTimeout, openTimeout);
  leader.candidate = candidate;
}

/** Everything but calls, in the order in which it comes. */
async function control(message, port) {
  await started;
  if (candidate) candidate.hear(message, port);
  // There is nobody who could give anything back.
  else if (message[0] === "close") page.postMessage(["closed"]);
}

/**
 * A fault in one of the two pieces of wasm: its memory can't be trusted any more, and the page is to replace this worker, which holds lock and file
 * until then. What was committed is in the file.
 */
function fall(error) {
  if (fallen) return;
  fallen = true;
  const leads = leader?.isOpen;
  leader?.abandon();
  leader = undefined;
  candidate = undefined;
  if (leads) page.postMessage(["died", String(error?.stack ?? error)]);
  else page.postMessage(["failed", "internal", `the database worker failed: ${error?.message ?? error}`]);
}

page.addEventListener("error", (event) => {
  event.preventDefault();
  fall(event.error ?? event.message);
});
page.addEventListener("unhandledrejection", (event) => {
  // Only what can't be gone on after: a promise that nobody waits for may fail.
  if (!(event.reason instanceof WebAssembly.RuntimeError)) return;
  event.preventDefault();
  fall(event.reason);
});

page.onmessage = ({ data, ports }) => {
  // A call: nothing may come before it that costs.
  if (typeof data[0] === "number") leader?.receive(own, data);
  else if (data[0] === "start") started = start(data[1]);
  else control(data, ports[0]);
};
