// The database worker: starts the candidate (crates/sqlite-tab), which waits for the lock of its database and only then has SQLite loaded, and hands it
// what the page says. Calls go by it, straight to the leader.
import init, { Candidate } from "./tab/hashi_sqlite_tab.js";
import { Leader } from "./leader.js";

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

async function start(settings) {
  const { key, id, life, storage, busyTimeout, openTimeout, tab } = settings;
  // The page has compiled it: there is nothing to be fetched, and nothing to be compiled again.
  try {
    await init({ module_or_path: tab });
  } catch (error) {
    page.postMessage([
      "failed",
      "no_engine",
      `the database's tab can't be started in its worker: ${error?.message ?? error}`,
    ]);
    return;
  }
  own = id;
  leader = new Leader(settings);
  candidate = new Candidate(leader, key, id, life, storage, busyTimeout, openTimeout);
  leader.candidate = candidate;
}

async function control(message, port) {
  if (message[0] === "start") started = start(message[1]);
  await started;
  if (candidate) candidate.hear(message, port);
  // There is nobody that could give anything back.
  else if (message[0] === "close") page.postMessage(["closed"]);
}

/** A fault in the candidate's wasm, from wherever it is entered: its page is to replace this worker. */
function fall(error) {
  const why = String(error?.stack ?? error);
  const led = leader?.leads;
  leader?.abandon();
  leader = undefined;
  candidate = undefined;
  page.postMessage(
    led ? ["died", why] : ["failed", "internal", `the database worker failed: ${error?.message ?? error}`],
  );
}

page.addEventListener("error", (event) => {
  event.preventDefault();
  fall(event.error ?? event.message);
});
page.addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof WebAssembly.RuntimeError)) return;
  event.preventDefault();
  fall(event.reason);
});

page.onmessage = ({ data, ports }) => {
  // A call: nothing may come before it that costs.
  if (typeof data[0] === "number") leader?.receive(own, data);
  else control(data, ports[0]);
};
