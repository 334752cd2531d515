// What a caller may not read, and what doesn't exist. The same for every store.
import assert from "node:assert/strict";
import { raw, wasm } from "./platform.mjs";

// With the status that it has. NAME stands for the function's.
/** @type {[method: string, path: string, status: number, options?: object][]} */
const REQUESTS = [
  ["GET", "/functions/NAME", 404],
  ["GET", "/functions/NAME/versions", 404],
  ["GET", "/artifacts/NAME/1", 404],
  ["GET", "/artifacts/NAME/9", 404],
  ["HEAD", "/artifacts/NAME/1", 404],
  ["PATCH", "/functions/NAME", 404, { body: { memory_pages: 0 } }],
  ["DELETE", "/functions/NAME", 404],
  ["POST", "/functions/NAME/upload", 404, { body: wasm(), headers: raw }],
  ["POST", "/functions/NAME/versions/1/activate", 404],
  ["GET", "/executions?function=NAME", 200],
];

/** An answer but for what differs from request to request, and the function's name. */
function shown({ status, headers, json }, name) {
  const kept = [...headers].filter(([header]) => !["x-request-id", "date"].includes(header));
  return JSON.stringify([status, kept, { ...json, requestId: "" }]).replaceAll(name, "NAME");
}

/** Fails unless each request for a private function of `owner`, which it makes, is answered to each of `callers` as one for no function is. */
export async function assertHidden(api, owner, callers) {
  assert.equal((await api(owner, "POST", "/functions", { body: { name: "secluded" } })).status, 201);
  assert.equal((await api(owner, "POST", "/functions/secluded/upload", { body: wasm(3), headers: raw })).status, 201);
  for (const by of callers) {
    for (const [method, path, status, options] of REQUESTS) {
      const asked = ["secluded", "nowhere"].map(async (name) =>
        shown(await api(by, method, path.replace("NAME", name), options), name),
      );
      const [there, nowhere] = await Promise.all(asked);
      assert.equal(there, nowhere, `${method} ${path}`);
      assert.equal(JSON.parse(there)[0], by === undefined && status === 200 ? 401 : status, `${method} ${path}`);
    }
  }
}
