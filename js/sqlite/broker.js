// The SharedWorker: hands a client's port to the worker of the leader. It carries no SQL and keeps nothing that others need:
// when it dies, the tabs start another.

/** @type {Map<string, { leader?: MessagePort, epoch: number, waiting: Map<number, [any[], MessagePort]> }>} */
const databases = new Map();

const life = `hashi-sqlite:broker:${crypto.randomUUID()}`;
const held = new Promise((granted) => {
  navigator.locks.request(life, () => {
    granted(undefined);
    return new Promise(() => {});
  });
});

function database(key) {
  if (!databases.has(key)) databases.set(key, { epoch: -1, waiting: new Map() });
  return databases.get(key);
}

/** A worker that may come to lead: it says so on its port. */
function addWorker(key, port) {
  port.onmessage = ({ data: [, epoch] }) => {
    const known = database(key);
    if (epoch < known.epoch) return;
    known.leader = port;
    known.epoch = epoch;
    for (const [message, client] of known.waiting.values()) port.postMessage(message, [client]);
    known.waiting.clear();
  };
}

/** A client may have heard of a leader before we have. */
function connect(key, message, port) {
  const { leader, epoch, waiting } = database(key);
  const [, id, , , wanted] = message;
  if (leader && epoch >= wanted) leader.postMessage(message, [port]);
  else waiting.set(id, [message, port]);
}

/** @type {any} */ (globalThis).onconnect = async ({ ports: [page] }) => {
  page.onmessage = ({ data: [what, key, ...rest], ports: [port] }) => {
    if (what === "worker") addWorker(key, port);
    else if (what === "connect") connect(key, ["connect", ...rest], port);
  };
  await held;
  page.postMessage(["life", life]);
};
