// The access table over HTTP, cell by cell: each grant has the callers beside it that are refused. The same for every store.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { raw, wasm } from "./platform.mjs";

// In this order in every row of the tables.
const names = ["anonymous", "other", "owner", "admin", "service"];
let count = 0;

let worker;
let callers;
let makers;

/**
 * Has the table tested on a platform.
 *
 * @param {() => Promise<{ api: Function, callers: Record<string, string | undefined>, forged: string, url: string, stop(): Promise<void> }>} start `callers` are the
 *   tokens of those in `names`; `forged` is a user's who appointed themselves
 */
export function testAccess(start) {
  before(async () => {
    worker = await start();
    ({ callers } = worker);
    makers = { system: callers.admin, admin: callers.admin, user: callers.owner };
  });
  after(() => worker?.stop());
  testTable();
  testHostile();
}

async function make(owner_type, visibility = "private") {
  const body = { name: `f-${++count}`, owner_type, visibility };
  const made = await worker.api(makers[owner_type], "POST", "/functions", { body });
  assert.equal(made.status, 201, made.text);
  const uploaded = await worker.api(makers[owner_type], "POST", `/functions/${body.name}/upload`, {
    body: wasm(),
    headers: raw,
  });
  assert.equal(uploaded.status, 201, uploaded.text);
  return body.name;
}

/** The status of a call of the function's export. */
async function execute(by, name) {
  const response = await fetch(`${worker.url}/functions/v1/wasm-executor`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(by ? { authorization: `Bearer ${by}` } : {}) },
    body: JSON.stringify({ moduleId: name, functionName: "run", args: [] }),
  });
  await response.text();
  return response.status;
}

// The status of each caller.
const CREATE = {
  system: [401, 403, 403, 201, 201],
  admin: [401, 403, 403, 201, 201],
  // The service role is no user: it has nobody to own a user's function.
  user: [401, 201, 201, 201, 403],
};

// What each caller gets who reads, and who changes.
const SEEN = [
  ["system", "private", [404, 200, 200, 200, 200], [404, 403, 403, 200, 200]],
  ["system", "public", [404, 200, 200, 200, 200], [404, 403, 403, 200, 200]],
  ["admin", "private", [404, 404, 404, 200, 200], [404, 404, 404, 200, 200]],
  ["admin", "public", [404, 404, 404, 200, 200], [404, 404, 404, 200, 200]],
  ["user", "private", [404, 404, 200, 404, 404], [404, 404, 200, 404, 404]],
  ["user", "public", [200, 200, 200, 200, 200], [401, 403, 200, 403, 403]],
];

function testTable() {
  for (const [owner_type, row] of Object.entries(CREATE)) {
    for (const [at, name] of names.entries()) {
      test(`create: a function of ${owner_type} by ${name} is ${row[at]}`, async () => {
        const body = { name: `f-${++count}`, owner_type };
        const { status, text } = await worker.api(callers[name], "POST", "/functions", { body });
        assert.equal(status, row[at], text);
      });
    }
  }

  for (const [owner_type, visibility, read, change] of SEEN) {
    for (const [at, name] of names.entries()) {
      test(`${owner_type}, ${visibility}, by ${name}: read ${read[at]}, change ${change[at]}`, async () => {
        const by = callers[name];
        const f = await make(owner_type, visibility);
        const ask = async (method, path, options) => (await worker.api(by, method, path, options)).status;
        assert.equal(await ask("GET", `/functions/${f}`), read[at], "its settings");
        assert.equal(await ask("GET", `/functions/${f}/versions`), read[at], "its versions");
        assert.equal(await ask("GET", `/artifacts/${f}/1`), read[at], "its bytes");
        assert.equal(await execute(by, f), read[at], "execute");
        const listed = await worker.api(by, "GET", `/functions?search=${f}`);
        assert.equal(
          listed.json.functions.some((shown) => shown.name === f),
          read[at] === 200,
          "in the list",
        );
        assert.equal(await ask("PATCH", `/functions/${f}`, { body: { memory_pages: 1 } }), change[at], "update");
        const upload = await ask("POST", `/functions/${f}/upload`, { body: wasm(1), headers: raw });
        assert.equal(upload, change[at] === 200 ? 201 : change[at], "upload");
        assert.equal(await ask("POST", `/functions/${f}/versions/1/activate`), change[at], "activate");
        assert.equal(await ask("DELETE", `/functions/${f}`), change[at] === 200 ? 204 : change[at], "delete");
      });
    }
  }
}

function testHostile() {
  test("an owner type is for ever, and nobody gives a function away", async () => {
    const f = await make("user");
    for (const body of [{ owner_type: "system" }, { owner: "other" }, { id: "x" }]) {
      const { status, json } = await worker.api(callers.owner, "PATCH", `/functions/${f}`, { body });
      assert.deepEqual([status, json.code], [400, "invalid_body"], JSON.stringify(body));
    }
  });

  test("an admin is made by the project alone, never by the user", async () => {
    const body = { name: "of-nobody", owner_type: "system" };
    assert.equal((await worker.api(worker.forged, "POST", "/functions", { body })).status, 403);
  });
}
