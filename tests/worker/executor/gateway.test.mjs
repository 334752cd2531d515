// A guest's way out in real workerd, to real servers on loopback: each refusal next to what is allowed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { guests } from "../../guest/guests.mjs";
import { until } from "../raw.mjs";
import { listen, open, startExecutor, startNobody } from "./rig.mjs";

const MIB = 1024 * 1024;
const seen = [];
let second;
let secondOrigin;
/** A port where nobody listens. */
let nobody;
/** Where somebody listens who doesn't speak TLS. */
let insecure;

const routes = {
  "/": (_, response) => response.end("hello"),
  "/slow": () => {},
  "/redirect": (_, response) => response.writeHead(302, { location: "/" }).end(),
  "/away": (_, response) => response.writeHead(302, { location: `${secondOrigin}/kept` }).end(),
  "/inside": (_, response) => response.writeHead(302, { location: "http://169.254.169.254/latest/" }).end(),
  "/unlisted": (_, response) => response.writeHead(307, { location: "http://example.com/" }).end(),
  "/round": (_, response) => response.writeHead(302, { location: "/round" }).end(),
  "/unhurried": (_, response) => setTimeout(() => response.writeHead(302, { location: "/unhurried" }).end(), 100),
  // A redirect whose body has no end, to what is never answered.
  "/endless": (_, response) => {
    response.writeHead(302, { location: "/slow" });
    const drip = setInterval(() => response.write("."), 20);
    response.once("close", () => clearInterval(drip));
  },
  "/broken": (_, response) => {
    response.writeHead(200, { "content-length": "100" }).write("half");
    setTimeout(() => response.destroy(), 20);
  },
  "/large": (_, response) => response.end(Buffer.alloc(11 * MIB)),
  "/fits": (_, response) => response.end(Buffer.alloc(9 * MIB)),
  "/bomb": (_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(40 * MIB))),
  "/packed": (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("unpacked")),
  "/forged": (_, response) => response.writeHead(203, { "x-hashi-outbound": "permission-denied 0 forged" }).end("real"),
  "/teapot": (_, response) => response.writeHead(418).end(),
  "/earthquake/list?limit=100": (_, response) =>
    response.end(
      JSON.stringify([
        { magnitude: 4.5, place: "A", tsunami: false },
        { magnitude: 6.44, place: null, tsunami: true },
      ]),
    ),
};

function answer(request, response) {
  seen.push({ url: request.url, headers: request.headers, response });
  (routes[request.url] ?? routes["/"])(request, response);
}

let rig;
before(async () => {
  second = createServer((request, response) => {
    seen.push({ url: request.url, headers: request.headers, response });
    response.end("second");
  });
  secondOrigin = `http://127.0.0.1:${await listen(second)}`;
  nobody = await startNobody();
  const closed = `http://127.0.0.1:${nobody.port}`;
  insecure = secondOrigin.replace("http:", "https:");
  rig = await startExecutor({ answer, vars: { more: [secondOrigin, closed, insecure] } });
  rig.closed = closed;
  await rig.publish("free", "misbehave", { permissions: { ...open, allowed_http_hosts: ["*"] } });
  await rig.publish("proxy", "proxy", { trigger: "anonymous", permissions: open });
});
after(async () => {
  await rig?.stop();
  nobody?.stop();
  second.closeAllConnections();
  second.close();
});

/** What a guest gets: a status, or the name of an http-error; and why, as its log has it. */
async function ask(uri, name = "free", more = {}) {
  const { status, json } = await rig.call(name, "call", [uri], more);
  if (status === 200) return { got: json.result };
  const [said] = json.detail?.split(" (") ?? [];
  const got = json.code === "guest_error" || json.code === "permission_denied" ? said : json.code;
  return { got, log: json.logs?.map(({ message }) => message).join("\n") ?? "" };
}

const through = (path, options) => rig.trigger(`proxy/?to=${encodeURIComponent(rig.origin + path)}`, options);

test("nothing leaves until requests are enabled and a host is listed", async () => {
  await rig.publish("strict", "misbehave", { permissions: { logging_enabled: true } });
  const permit = (permissions) => rig.change("strict", { permissions: { logging_enabled: true, ...permissions } });
  const disabled = await ask(rig.origin, "strict");
  assert.equal(disabled.got, "permission-denied");
  assert.match(disabled.log, /enable permissions\.http_enabled/);
  await permit({ http_enabled: true });
  assert.equal((await ask(rig.origin, "strict")).got, "permission-denied");
  await permit({ http_enabled: true, allowed_http_hosts: ["example.com"] });
  const unlisted = await ask(rig.origin, "strict");
  assert.equal(unlisted.got, "permission-denied");
  assert.match(unlisted.log, /127\.0\.0\.1 is not in permissions\.allowed_http_hosts/);
  await permit({ http_enabled: true, allowed_http_hosts: ["127.0.0.1"] });
  assert.equal((await ask(rig.origin, "strict")).got, 200, "a permission that is given holds at the next call");
  await permit({ http_enabled: true, allowed_http_hosts: ["example.com"] });
  assert.equal((await ask(rig.origin, "strict")).got, "permission-denied", "and so does one that is taken");
});

test("an answer is an answer whatever its status", async () => {
  assert.equal((await ask(`${rig.origin}/teapot`)).got, 418);
});

test("what leads inside is closed under *, in every spelling", async () => {
  const { port } = new URL(rig.origin);
  const other = Number(port) === 55799 ? 55798 : 55799;
  for (const uri of [
    `http://127.0.0.1:${other}/`,
    `http://localhost:${port}/`,
    `http://[::1]:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://172.16.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://0/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://2130706433/",
    "http://%31%32%37.0.0.1/",
    "http://LOCALHOST./",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://224.0.0.1/",
  ]) {
    const { got, log } = await ask(uri);
    assert.equal(got, "permission-denied", uri);
    assert.match(log, /can't be reached by any function/, uri);
  }
  for (const same of ["2130706433", "0x7f000001", "127.1", "%3127.0.0.1"]) {
    assert.equal((await ask(`http://${same}:${port}/`)).got, 200, `the named origin, spelled ${same}`);
  }
});

test("what is no address of the web is refused", async () => {
  for (const [uri, error] of [
    ["ftp://example.com/", "permission-denied"],
    ["file:///etc/passwd", "permission-denied"],
    ["http://example.com:25/", "permission-denied"],
    ["http://example.com\\@127.0.0.1/", "other"],
    ["http://a:b@example.com/", "other"],
    ["/relative", "other"],
    ["", "other"],
  ]) {
    assert.equal((await ask(uri)).got, error, uri);
  }
});

/** The ports that Node's fetch refuses as browsers do; it is let no further with any other. */
async function blockedPorts() {
  const dispatcher = {
    dispatch(_, { onError }) {
      onError(new Error("not blocked"));
      return true;
    },
  };
  const blocked = [];
  for (let port = 1; port < 65_536; port++) {
    const given = /** @type {any} */ ({ dispatcher });
    const why = await fetch(`http://example.com:${port}/`, given).catch(({ cause }) => cause.message);
    if (why === "bad port") blocked.push(port);
  }
  return blocked;
}

test("the ports that browsers block are refused, and those beside them are not", async () => {
  const blocked = await blockedPorts();
  assert.ok(blocked.length > 80, String(blocked));
  const beside = blocked.flatMap((port) => [port - 1, port + 1]).filter((port) => port > 0 && !blocked.includes(port));
  // Nobody can be reached there, which is said of the ports that are not blocked.
  for (const [ports, why] of [
    [blocked, /the port belongs to another protocol/],
    [beside, /can't be reached by any function/],
  ]) {
    for (const port of ports) assert.match((await ask(`http://10.0.0.1:${port}/`)).log, why, String(port));
  }
});

test("a call has its budget, hops and refusals counted, and the next call its own", async () => {
  await rig.publish("frugal", "misbehave", { permissions: { ...open, max_http_requests: 3 } });
  const often = async (uri, times) => (await rig.call("frugal", "call-often", [uri, times])).json.result;
  assert.equal(await often(rig.origin, 2), 2);
  assert.equal(await often(rig.origin, 10), 3);
  assert.equal(await often(`${rig.origin}/redirect`, 10), 1, "two requests each");
  const before = seen.length;
  assert.equal(await often("http://10.0.0.1/", 10), 0);
  assert.equal(seen.length, before);
  await rig.change("frugal", { permissions: { ...open, max_http_requests: 1 } });
  assert.equal((await ask(`${rig.origin}/redirect`, "frugal")).got, "rate-limited");
  assert.equal((await ask(rig.origin, "frugal")).got, 200);
});

test("a request that is given up counts as one all the same", async () => {
  await rig.publish("hasty", "misbehave", { permissions: { ...open, max_http_requests: 3 } });
  const before = seen.length;
  const { status, json } = await rig.call("hasty", "call-briefly", [`${rig.origin}/slow`, 10, 20]);
  assert.deepEqual([status, json.result], [200, 0]);
  assert.equal(seen.length - before, 3);
  assert.equal(json.logs.filter(({ message }) => message.includes("within the request's time")).length, 3);
});

test("the hops of a redirect share the request's time", async () => {
  const { json } = await rig.call("free", "call-briefly", [`${rig.origin}/unhurried`, 1, 500]);
  assert.equal(json.result, 0);
  assert.match(json.logs.at(-1).message, /no answer within the request's time/, "and not: too many redirects");
});

test("the body of a redirect is left before the next hop is answered", async () => {
  const before = seen.length;
  let ended = false;
  const asked = ask(`${rig.origin}/endless`).finally(() => {
    ended = true;
  });
  await until(() => seen.length === before + 2);
  const [endless, slow] = seen.slice(before);
  await until(() => endless.response.destroyed, 2000);
  assert.deepEqual([slow.url, ended], ["/slow", false], "the call is still under way");
  slow.response.end("late");
  assert.equal((await asked).got, 200);
});

test("thousands of requests beyond the budget cost the guest its own fuel and nobody's time", async () => {
  const begin = Date.now();
  const { status, json } = await rig.call("frugal", "call-often", [rig.origin, 1_000_000]);
  assert.deepEqual([status, json.code], [502, "fuel_exhausted"]);
  assert.ok(Date.now() - begin < 10_000);
});

test("a redirect is followed, each hop asked again", async () => {
  assert.equal((await ask(`${rig.origin}/redirect`)).got, 200);
  assert.equal((await ask(`${rig.origin}/away`)).got, 200);
  const inside = await ask(`${rig.origin}/inside`);
  assert.equal(inside.got, "permission-denied");
  assert.match(inside.log, /169\.254\.169\.254/);
  await rig.publish("listed", "misbehave", { permissions: open });
  assert.equal((await ask(`${rig.origin}/unlisted`, "listed")).got, "permission-denied");
  const round = await ask(`${rig.origin}/round`);
  assert.equal(round.got, "other");
  assert.match(round.log, /more than 20 redirects/);
});

test("credentials of the guest's own go where it sends them, and stay there", async () => {
  seen.length = 0;
  const headers = { "x-api-key": "key", "x-custom": "kept" };
  assert.equal((await through("/away", { headers })).text, "second");
  const [first, next] = seen;
  assert.deepEqual([first.headers["x-api-key"], first.headers["x-custom"]], ["key", "kept"]);
  assert.deepEqual([next.url, next.headers["x-api-key"], next.headers["x-custom"]], ["/kept", undefined, "kept"]);
});

test("an upstream can't speak for the gateway", async () => {
  const { status, text, headers } = await through("/forged");
  assert.deepEqual([status, text, headers.get("x-hashi-outbound")], [203, "real", null]);
});

test("an answer is bounded, decoded", async () => {
  assert.equal((await ask(`${rig.origin}/fits`)).got, 200);
  assert.equal((await ask(`${rig.origin}/large`)).got, "body-too-large");
  assert.equal((await ask(`${rig.origin}/bomb`)).got, "body-too-large");
  const { text, headers } = await through("/packed");
  assert.deepEqual([text, headers.get("content-encoding")], ["unpacked", null]);
});

test("what can't be reached is told apart from what may not be", async () => {
  assert.equal((await ask(rig.closed)).got, "connection-failed");
  assert.equal((await ask(`${rig.origin}/broken`)).got, "connection-failed");
  // This workerd says of a handshake that fails only that something did ("internal error"); one that names TLS is tls-error.
  assert.equal((await ask(insecure)).got, "connection-failed");
  // The same of a name that leads nowhere; one that names DNS is dns-error.
  assert.equal((await ask("http://no-such-host.invalid/")).got, "connection-failed");
});

test("a call that waits is ended in time, and what it waited for is let go", async () => {
  seen.length = 0;
  const begin = Date.now();
  const { got } = await ask(`${rig.origin}/slow`, "free", { timeoutMs: 1000 });
  const took = Date.now() - begin;
  assert.equal(got, "execution_timeout");
  assert.ok(took >= 990 && took < 5000, `${took} ms`);
  await until(() => seen.length > 0);
  const { response } = seen.at(-1);
  if (!response.destroyed) await new Promise((resolve) => response.once("close", resolve));
  assert.equal((await rig.call("free", "calls-before")).json.result, 0);
});

test("so is one whose function has so much time, and a request that its guest answers", async () => {
  await rig.publish("brief", "misbehave", { permissions: open, max_execution_ms: 1000 });
  await rig.publish("brief-http", "proxy", { trigger: "anonymous", permissions: open, max_execution_ms: 1000 });
  assert.equal((await ask(`${rig.origin}/slow`, "brief")).got, "execution_timeout");
  const { status, json } = await rig.trigger(`brief-http/?to=${encodeURIComponent(`${rig.origin}/slow`)}`);
  assert.deepEqual([status, json.code], [504, "execution_timeout"]);
  for (const name of ["brief", "brief-http"]) {
    const row = await rig.remembered(name);
    assert.deepEqual([row?.status, row?.code, row?.http_status], ["failed", "execution_timeout", 504], name);
    assert.ok(row.duration_ms >= 990 && row.duration_ms < 5000, `${row.duration_ms} ms`);
  }
});

test("the digest of the earthquake list runs as a worker does", async () => {
  // Compiled in: it asks at localhost:8787, which is no origin that was named.
  await rig.publish("digest", "earthquake-digest", { permissions: { ...open, allowed_http_hosts: ["localhost"] } });
  const { status, json } = await rig.call("digest");
  assert.deepEqual([status, json.code], [502, "permission_denied"]);
  assert.match(json.detail, /localhost:8787.*permission-denied.* \(.*localhost.*\)$/);
  // The same guest with an upstream's address in that one's place, as long as it: 00 is 0.
  const place = new URL(rig.origin).host.replace("127.0.0.1", "127.00.1");
  const bytes = readFileSync((await guests())["earthquake-digest"]);
  const at = bytes.indexOf("localhost:8787");
  assert.ok(at > 0 && place.length === "localhost:8787".length, place);
  bytes.write(place, at, "latin1");
  await rig.publish("digest-here", bytes, { permissions: open });
  const here = await rig.call("digest-here");
  assert.deepEqual([here.status, here.json.result], [200, null], here.text);
  assert.deepEqual(
    here.json.logs.map(({ message }) => message),
    ["2 events, 2 of magnitude 4.5 or more", "magnitude 6.4: at an unnamed place, tsunami warning", "magnitude 4.5: A"],
  );
});
