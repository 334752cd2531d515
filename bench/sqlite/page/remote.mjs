// The page's side of a contender that runs in a small worker of ours: one message per call, one per answer.

/** Starts `url` as a module worker and gives its calls as functions. */
export function remote(url) {
  const worker = new Worker(url, { type: "module" });
  const waiting = new Map();
  let last = 0;
  worker.onmessage = ({ data: { id, value, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(`${url}: ${event.message}`));
    waiting.clear();
  };
  const call = (name, ...values) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ id: last, name, values });
    });
  return {
    exec: (sql) => call("exec", sql),
    run: (sql, params) => call("run", sql, params),
    get: (sql, params) => call("get", sql, params),
    all: (sql, params) => call("all", sql, params),
    insertMany: (sql, rows) => call("insertMany", sql, rows),
    open: (file, settings) => call("open", file, settings),
    async close() {
      await call("close");
      worker.terminate();
    },
  };
}
