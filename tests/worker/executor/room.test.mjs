// What all requests hold at once is bounded: one too many is told to come again, the others go on, and nothing is counted for ever.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { largeWasm, raw } from "../product/platform.mjs";
import { parse, open as connection, trickle, until } from "../raw.mjs";
import { open, startExecutor } from "./rig.mjs";

const MIB = 1024 * 1024;
/** The most that a call's body may have. */
const MOST = 14 * MIB;
/** Two of the largest bodies fit, and a third doesn't. */
const FIT = 2;
/** What has to come of a body of the largest until all of it is counted. */
const COUNTED = 8 * MIB + 1;

let rig;
let headers;
let slow;
before(async () => {
  rig = await startExecutor();
  headers = { authorization: `Bearer ${rig.ann}`, "content-type": "application/json" };
  // It takes its time beside all the others.
  slow = trickle(rig.port, "/functions/v1/wasm-executor", headers, '{"moduleId":', 40_000);
  slow.catch(() => {});
  await rig.publish("small", "misbehave");
  await rig.publish("proxy", "proxy", { trigger: "anonymous", permissions: open });
});
after(() => rig?.stop());

/** A call under way, with the beginning of its body; `length` is undefined where it is not declared. */
function begin(length, start = "{") {
  const client = connection(rig.port);
  const lines = [
    "POST /functions/v1/wasm-executor HTTP/1.1",
    "host: hashi",
    length === undefined ? "transfer-encoding: chunked" : `content-length: ${length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  client.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  if (length === undefined) client.socket.write(`${start.length.toString(16)}\r\n${start}\r\n`);
  else client.socket.write(start);
  return client;
}

const answered = ({ received }) => /"requestId":"[^"]*"\}/.test(received);

/** What a client was told, as soon as it was: status, code and Retry-After. */
async function told(client) {
  await until(() => answered(client), 20_000);
  const { status, headers, body } = parse(client.received);
  return [status, JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1)).code, headers["retry-after"]];
}

const OVERLOADED = [503, "overloaded", "1"];

/** As many slow clients as there is room for, and one more, which is refused: all that they hold is free before. */
async function fill() {
  const clients = Array.from({ length: FIT + 1 }, () => begin(MOST, "{".padEnd(COUNTED)));
  await until(() => clients.some(answered), 20_000);
  const refused = clients.filter(answered);
  assert.equal(refused.length, 1, "one is too many");
  assert.deepEqual(await told(refused[0]), OVERLOADED);
  refused[0].socket.destroy();
  return clients.filter((client) => client !== refused[0]);
}

function leave(clients) {
  for (const { socket } of clients) socket.resetAndDestroy();
}

const post = (body) =>
  fetch(`${rig.url}/functions/v1/wasm-executor`, { method: "POST", headers, body, duplex: "half" });

/** A call of nothing with a body of so many bytes, which is read whole before anybody looks for the function. */
async function large() {
  const start = '{"moduleId":"nowhere","args":["';
  const response = await post(`${start}${"x".repeat(MOST - start.length - 3)}"]}`);
  return [response.status, (await response.json()).code];
}

const READ = [404, "module_not_found"];

/** Resolves once there is room for a large body: who left is heard of a little later. */
async function isFree() {
  await until(async () => (await large()).join() === READ.join(), 10_000);
}

test("a large body more than there is room for is refused at once, and small calls go on", async () => {
  const clients = await fill();
  assert.deepEqual(await told(begin(MOST, "{".padEnd(MIB))), OVERLOADED, "not all of it has to come for that");
  const { status, text } = await rig.call("small", "answer-at-length", [3]);
  assert.equal(status, 200, text);
  assert.ok(!clients.some(answered), "those that are under way have their time");
  // A client that sends all it has before it listens hears it as well.
  assert.deepEqual(await large(), OVERLOADED.slice(0, 2));
  leave(clients);
  await isFree();
});

test("what is declared and doesn't come keeps no room from others", async () => {
  const clients = Array.from({ length: 4 * FIT }, () => begin(MOST));
  const long = begin(undefined, "{".padEnd(MIB));
  assert.equal((await rig.call("small", "answer-at-length", [3])).status, 200);
  assert.deepEqual(await large(), READ);
  leave([...clients, long]);
  await isFree();
});

test("a body of no declared length is counted as it comes", async () => {
  const clients = await fill();
  assert.equal((await rig.call("small", "answer-at-length", [3])).status, 200);
  const small = begin(undefined, `{"moduleId":"nowhere"}`);
  small.socket.write("0\r\n\r\n");
  assert.deepEqual((await told(small)).slice(0, 2), READ);
  assert.deepEqual(await told(begin(undefined, "{".padEnd(4 * MIB + 1))), OVERLOADED);
  const sent = await post(new Blob(["{".padEnd(MOST)]).stream());
  assert.deepEqual([sent.status, (await sent.json()).code], OVERLOADED.slice(0, 2));
  leave(clients);
  await isFree();
});

test("whatever comes of a body, it is counted no longer", async () => {
  for (let round = 0; round < 2 * FIT; round++) {
    assert.deepEqual(await large(), READ);
    const wrong = await post("[".padEnd(MOST));
    assert.deepEqual([wrong.status, (await wrong.json()).code], [400, "invalid_body"]);
    const long = begin(undefined, "{".padEnd(MOST + 1));
    assert.deepEqual((await told(long)).slice(0, 2), [413, "body_too_large"]);
    long.socket.destroy();
  }
  for (let round = 0; round < 3; round++) {
    leave(await fill());
    await isFree();
  }
});

test("large calls at once are answered or told to come again, and leave nothing", async () => {
  const bytes = Buffer.alloc(9 * MIB).toString("base64");
  const statuses = await Promise.all(
    Array.from({ length: 6 }, async () => (await rig.call("small", "answer-at-length", [bytes])).json.code),
  );
  for (const code of statuses) assert.match(code, /^(overloaded|invalid_argument)$/);
  assert.ok(statuses.includes("invalid_argument"));
  leave(await fill());
  await isFree();
});

test("what a call returns is counted until its client has read it", async () => {
  const bytes = 8 * MIB;
  const body = JSON.stringify({ moduleId: "small", functionName: "answer-at-length", args: [bytes] });
  const call = () => {
    const client = connection(rig.port);
    client.socket.pause();
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [
      "POST /functions/v1/wasm-executor HTTP/1.1",
      "host: hashi",
      `content-length: ${body.length}`,
      ...lines,
    ];
    client.socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
    return client;
  };
  const whole = async () => (await rig.call("small", "answer-at-length", [bytes])).json;
  assert.equal(Buffer.from((await whole()).result, "base64").length, bytes);
  for (let round = 0; round < 2; round++) {
    const clients = [call(), call()];
    await until(async () => (await large()).join() === OVERLOADED.slice(0, 2).join(), 20_000);
    assert.ok(!clients.some(answered), "both have room");
    assert.equal((await whole()).code, "overloaded");
    assert.equal((await rig.call("small", "answer-at-length", [3])).status, 200);
    // One of them reads on, the other leaves: both give back what they held.
    const [reader, leaver] = clients;
    reader.socket.resume();
    leave([leaver]);
    await until(() => reader.bytes > (bytes * 4) / 3, 20_000);
    await isFree();
    leave([reader]);
  }
  assert.equal(Buffer.from((await whole()).result, "base64").length, bytes);
});

test("what a guest sends is counted beside them, and it hears that there is no room", async () => {
  const send = () =>
    rig.trigger(`proxy/?to=${encodeURIComponent(rig.origin)}`, { method: "POST", body: Buffer.alloc(5 * MIB) });
  assert.equal((await send()).status, 200);
  const clients = await fill();
  const { status, text } = await send();
  assert.equal(status, 502, text);
  const { logs } = await rig.remembered("proxy", ({ logs }) => logs?.length > 0);
  assert.match(logs[0].message, /\[gateway\] not sent: requests under way hold as many bytes as there is room for/);
  const small = await rig.trigger(`proxy/?to=${encodeURIComponent(rig.origin)}`, { method: "POST", body: "small" });
  assert.equal(small.status, 200);
  leave(clients);
  await isFree();
  for (let round = 0; round < 8; round++) assert.equal((await send()).status, 200);
});

test("functions are loaded and uploads prepared however full it is of bodies, and in turn", async () => {
  const module = (mark) => largeWasm(6 * MIB, mark);
  await rig.publish("heavy", module(1));
  await rig.publish("late", module(2));
  const upload = (mark) => rig.api(rig.ann, "POST", "/functions/late/upload", { body: module(mark), headers: raw });
  const clients = await fill();
  const all = [rig.call("heavy", "run"), rig.call("late", "run"), upload(3), upload(4)];
  assert.deepEqual(
    (await Promise.all(all)).map(({ status }) => status),
    [200, 200, 201, 201],
  );
  leave(clients);
  await isFree();
});

test("a body of no declared length that never ends is given up, however steadily it comes", async () => {
  const { status, body } = await slow;
  assert.equal(status, 408, body);
  assert.match(body, /request_timeout/);
});
