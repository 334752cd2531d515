// Requests that wait at the same time must not see one another: each gets its own body, header and id, and so do its log lines.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRig } from "./harness.mjs";

let rig;
before(async () => {
  rig = await startRig();
});
after(() => rig?.stop());

test("200 interleaved requests with different bodies and contexts each get their own", async () => {
  const wait = () => Math.floor(Math.random() * 200);
  const ask = async (number) => {
    const [name, mark, body] = [`name ${number}/é`, `mark-${number}`, `body ${number} `.repeat((number % 50) + 1)];
    const path = `/who/${encodeURIComponent(name)}?first=${300 + wait()}&second=${wait()}`;
    const response = await fetch(rig.url + path, { method: "POST", headers: { "x-mark": mark }, body });
    const answer = await response.json();
    assert.equal(response.status, 200);
    assert.deepEqual(answer, { name, mark, body, request_id: response.headers.get("x-request-id") });
    return { name, id: answer.request_id };
  };
  const answers = await Promise.all(Array.from({ length: 200 }, (_, number) => ask(number)));
  assert.equal(new Set(answers.map(({ id }) => id)).size, 200, "ids are distinct");

  const lines = rig.logs.filter(({ json }) => json?.target === "rig::who").map(({ json }) => json);
  const firstEnd = lines.findIndex(({ message }) => message === "after");
  const begun = lines.slice(0, firstEnd).filter(({ message }) => message === "before").length;
  assert.ok(begun >= 20, `the requests overlapped: ${begun} had begun when the first ended`);
  for (const { name, id } of answers) {
    const own = lines.filter((line) => line.request_id === id);
    assert.deepEqual(
      own.map(({ message }) => message),
      ["before", "between", "after"],
      id,
    );
    assert.ok(
      own.every((line) => line.name === name),
      `the lines of ${id} are about ${name}`,
    );
    assert.deepEqual(
      own.map(({ step }) => step),
      [undefined, "second", "second"],
      "an inner span's field is on its lines alone",
    );
  }
  const access = rig.logs.filter(({ json }) => json?.target === "access").map(({ json }) => json.request_id);
  assert.deepEqual(access.toSorted(), answers.map(({ id }) => id).toSorted(), "one access line for each");
});

test("what is logged after the response, or while a stream is sent, carries the request's id too", async () => {
  const response = await fetch(`${rig.url}/after?ms=50`);
  const line = await rig.waitForLog(({ json }) => json?.message === "after the response");
  assert.equal(line.json.request_id, response.headers.get("x-request-id"));

  const streamed = await fetch(`${rig.url}/stream/slow?pieces=2&ms=10`);
  await streamed.text();
  const said = await rig.waitForLog(({ json }) => json?.message === "a piece");
  assert.equal(said.json.request_id, streamed.headers.get("x-request-id"));
});
