// The database worker: waits for the lock of its database, and only then loads SQLite and leads.
import { liveClients } from "./channel.js";
import { Leader } from "./leader.js";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @type {Leader | undefined} */
let leader;
/** @type {(() => void) | undefined} */
let resign;
let closing = false;
/** @type {MessagePort[]} */
const brokers = [];
/** @type {any} */
const page = globalThis;

/** Calls of this worker's own page come the short way, which a MessagePort is not. */
const direct = {
  /** @type {((event: { data: any }) => void) | null} */
  onmessage: null,
  postMessage: (message, transfer) => (transfer ? page.postMessage(message, transfer) : page.postMessage(message)),
  close() {},
};

/** The reason why a database can't be opened, as `[code, message]`, with SQLite's own code where it was SQLite that failed. */
function reasonOf(error) {
  if (Array.isArray(error)) return error;
  const said = `${error?.name ?? "Error"}: ${error?.message ?? error}`;
  switch (error?.name) {
    case "QuotaExceededError":
      return ["quota_exceeded", `the browser gave no room for the database (${said})`];
    case "SecurityError":
    case "NotSupportedError":
    case "UnknownError":
    case "TypeError":
      return ["no_opfs", `this browser, or its private mode, has no OPFS with sync access handles (${said})`];
    default:
      return ["io", `the database can't be opened: ${said}`];
  }
}

/** Its last owner's handles may outlive the owner's lock by some milliseconds. */
const stillHeld = (error) => error?.name === "NoModificationAllowedError" || error?.name === "InvalidStateError";

/** SQLite itself. Its absence is the server's or the network's, and not the browser's want of OPFS. */
async function load({ glue, wasm }) {
  try {
    const engine = await import(/* @vite-ignore */ glue);
    const { memory } = await engine.default({ module_or_path: wasm });
    return { open: engine.open, memory };
  } catch (error) {
    throw ["no_engine", `SQLite can't be loaded from ${glue} and ${wasm}: ${error?.message ?? error}`];
  }
}

async function openEngine(settings) {
  const { key, name, storage, synchronous, busyTimeout, transactionIdle, openTimeout, urls } = settings;
  const { open: openIn, memory } = await load(urls);
  const folder = `.hashi-sqlite/${encodeURIComponent(name).replaceAll(".", "%2E")}`;
  const live = await liveClients(key);
  const open = (where) =>
    openIn(
      `${name}.db`.replace(/\.db\.db$/, ".db"),
      where,
      synchronous === "normal",
      live,
      busyTimeout,
      transactionIdle,
    );
  if (storage === "memory") return { engine: await open(undefined), memory, storage: "memory" };
  const until = performance.now() + openTimeout;
  for (;;) {
    try {
      if (!navigator.storage?.getDirectory) throw new TypeError("navigator.storage.getDirectory is missing");
      return { engine: await open(folder), memory, storage: "opfs" };
    } catch (error) {
      if (stillHeld(error) && performance.now() < until) await pause(5);
      else if (storage === "opfs-or-memory" && reasonOf(error)[0] === "no_opfs")
        return { engine: await open(undefined), memory, storage: "memory" };
      else throw error;
    }
  }
}

/** Runs while the lock is held: to the end of the worker, or until `resign`. */
async function lead(settings) {
  let opened;
  try {
    opened = await openEngine(settings);
  } catch (error) {
    page.postMessage(["failed", ...reasonOf(error)]);
    return;
  }
  const died = (error) => page.postMessage(["died", String(error?.stack ?? error)]);
  if (closing) return opened.engine.close();
  leader = new Leader(settings.key, settings.id, opened, died);
  // The last attempt of its own page: a broker may still hold earlier ones, made when another tab led.
  leader.connect(settings.id, direct, settings.busyTimeout, Number.POSITIVE_INFINITY);
  page.postMessage(["leading", leader.epoch, leader.storage]);
  for (const broker of brokers) broker.postMessage(["leading", leader.epoch]);
  leader.announce();
  await new Promise((resolve) => {
    resign = () => resolve(undefined);
  });
}

function addBroker(port) {
  brokers.push(port);
  port.onmessage = ({ data: [, id, busy, attempt], ports: [client] }) => leader?.connect(id, client, busy, attempt);
  if (leader) port.postMessage(["leading", leader.epoch]);
}

async function control([what, settings], port) {
  if (what === "start") {
    // Its page learns from this lock when the worker was ended by somebody else.
    navigator.locks.request(settings.life, () => {
      page.postMessage(["alive"]);
      return new Promise(() => {});
    });
    const waiting = new AbortController();
    // Chromium leaves a request unsettled whose signal aborts in the moment in which it is made.
    const given = Promise.withResolvers();
    resign = () => {
      waiting.abort();
      given.resolve(undefined);
    };
    const held = navigator.locks
      .request(settings.key, { signal: waiting.signal }, () => lead(settings))
      .catch(() => {});
    await Promise.race([held, given.promise]);
    page.postMessage(["closed"]);
  } else if (what === "broker") {
    addBroker(port);
  } else if (what === "close") {
    closing = true;
    try {
      leader?.close();
    } finally {
      resign?.();
    }
  }
}

page.onmessage = (event) => {
  const { data } = event;
  // A call: nothing may come before it that costs.
  if (typeof data[0] === "number") direct.onmessage?.({ data });
  else control(data, event.ports[0]);
};
