// A body of a stranger is taken apart by where its members stand; whatever is JSON is taken apart as JSON.parse would.
import assert from "node:assert/strict";
import { test } from "node:test";
import { partsOf } from "../../js/worker/call.js";
import { membersOf } from "../../js/worker/members.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Names and values of the members of `text`, the values parsed. */
function parsed(text) {
  const bytes = encoder.encode(text);
  return membersOf(bytes).members.map(({ name, from, value, to }) => {
    const whole = JSON.parse(`{${decoder.decode(bytes.subarray(from, to))}}`);
    assert.deepEqual(Object.keys(whole), [name]);
    return [name, JSON.parse(decoder.decode(bytes.subarray(value, to)))];
  });
}

test("members are found wherever they stand", () => {
  for (const [text, wanted] of [
    ["{}", []],
    [" \r\n\t{ \n} ", []],
    ['{"a":1}', [["a", 1]]],
    [
      '{ "a" : [1, {"args": "]}"}] , "args":"\\"," }',
      [
        ["a", [1, { args: "]}" }]],
        ["args", '",'],
      ],
    ],
    [
      '{"\\u0061rgs":[],"größe 𝄞":{"\\\\":"\\\\"}}',
      [
        ["args", []],
        ["größe 𝄞", { "\\": "\\" }],
      ],
    ],
    [
      '{"a":true,"b":null,"c":-1.5e3}',
      [
        ["a", true],
        ["b", null],
        ["c", -1500],
      ],
    ],
    [
      '{"a":1,"a":2}',
      [
        ["a", 1],
        ["a", 2],
      ],
    ],
    ['{"__proto__":{"x":1}}', null],
  ]) {
    if (wanted) assert.deepEqual(parsed(text), wanted, text);
    else assert.equal(membersOf(encoder.encode(text)).members[0].name, "__proto__");
  }
});

test("what is no object is refused, saying what was expected where", () => {
  for (const [text, said] of [
    ["", "expected a JSON object at byte 0, where it ends"],
    ["[]", "expected a JSON object at byte 0"],
    ["{", "expected a string at byte 1, where it ends"],
    ['{"a', "expected the end of a string at byte 3, where it ends"],
    ['{"a\\"', "expected the end of a string at byte 5, where it ends"],
    ['{"a"', "expected a colon at byte 4, where it ends"],
    ['{"a" 1}', "expected a colon at byte 5"],
    ['{"a":', "expected a value at byte 5, where it ends"],
    ['{"a":,"b":1}', "expected a value at byte 5"],
    ['{"a":[1,{"b":"]"}', "expected the end of an array or an object at byte 17, where it ends"],
    ['{"a":1', "expected a comma or the end of the object at byte 6, where it ends"],
    ['{"a":1 "b":2}', "expected a comma or the end of the object at byte 7"],
    ['{"a":1,}', "expected a string at byte 7"],
    ["{'a':1}", "expected a string at byte 1"],
    ['{"a":1}}', "expected nothing more at byte 7"],
  ]) {
    assert.throws(() => membersOf(encoder.encode(text)), { name: "SyntaxError", message: said }, text);
  }
  assert.throws(() => membersOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), TypeError);
});

test("of more members than anybody needs, and of a name that is none, nothing is made", () => {
  const many = (count, member) => encoder.encode(`{${Array(count).fill(member)}}`);
  assert.equal(membersOf(many(64, '"":0')).members.length, 64);
  for (const member of ['"":0', '"args":0']) {
    const before = process.memoryUsage().heapUsed;
    assert.throws(() => membersOf(many(1_000_000, member)), {
      message: /^expected no more than 64 members at byte \d+$/,
    });
    assert.ok(process.memoryUsage().heapUsed - before < 30e6);
  }
  assert.equal(membersOf(many(1, `"${"x".repeat(1022)}":0`)).members.length, 1);
  assert.throws(() => membersOf(many(1, `"${"x".repeat(1023)}":0`)), {
    message: /^expected a name of no more than 1024 bytes/,
  });
});

test("a call's body comes apart into what the main isolate reads and what it passes on", () => {
  const args = '[1, "ß", -0, 1e400, {"args": []}]';
  const [members, passed] = partsOf(encoder.encode(`\n{"moduleId":"a", "args":${args} ,"timeoutMs":1}`));
  assert.equal(members, '{"moduleId":"a","timeoutMs":1}');
  assert.equal(decoder.decode(passed), args);
  assert.deepEqual(partsOf(encoder.encode("{}")), ["{}", "[]"]);
  assert.equal(
    decoder.decode(partsOf(encoder.encode('{"args":1,"args":[2]}'))[1]),
    "[2]",
    "the last, as JSON.parse has it",
  );
  for (const [text, said] of [
    ["", "expected a JSON object"],
    ["[]", "expected a JSON object"],
    ["{", "the body is not JSON: expected a string at byte 1, where it ends"],
    ['{"a":tru}', /^the body is not JSON: Unexpected token/],
    ['{"args":{}}', "args: expected an array, got object"],
    ['{"args":"[]"}', "args: expected an array, got string"],
    ['{"args":true}', "args: expected an array, got boolean"],
    ['{"args":null}', "args: expected an array, got null"],
    ['{"args":-1}', "args: expected an array, got number"],
    [`{"a":"${"x".repeat(8187)}"}`, "the members beside args have more than 8192 bytes"],
  ]) {
    const given = partsOf(encoder.encode(text));
    if (typeof said === "string") assert.equal(given, said, text);
    else assert.match(given, said, text);
  }
  for (const bytes of [[0xef, 0xbb, 0xbf, 0x7b, 0x7d], [0xff], [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]]) {
    assert.equal(partsOf(Uint8Array.from(bytes)), null);
  }
});

test("what values hold is counted, in strings nothing", () => {
  for (const [text, held] of [
    ['{"a":1,"b":"[{"}', 0],
    ['{"a":[]}', 1],
    ['{"a":[[],{},"x",{"k":"v"},1,null,"[[["]}', 8],
  ]) {
    assert.equal(membersOf(encoder.encode(text)).held, held, text);
  }
});

test("of random texts it takes every one that JSON.parse takes, and gives the same", () => {
  let state = 1;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pieces = [
    '"a"',
    '"args"',
    '"\\""',
    '"\\\\"',
    '"{"',
    '"ß𝄞"',
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    " ",
    "\n",
    "1",
    "-0",
    "1e9",
    "true",
    "null",
  ];
  const value = (depth) => {
    const kind = random(depth > 3 ? 2 : 5);
    if (kind < 2) return pieces[random(6)];
    if (kind === 2) return pieces[14 + random(5)];
    const inner = Array.from({ length: random(4) }, () => value(depth + 1));
    return kind === 3 ? `[${inner}]` : `{${inner.map((of, at) => `"k${at}" : ${of}`)}}`;
  };
  let taken = 0;
  for (let run = 0; run < 20_000; run++) {
    const members = Array.from({ length: random(4) }, (_, at) => `"m${at}":${value(0)}`);
    const characters = [...`{${members}}`];
    // Half of them with something taken out or put in.
    for (let edits = run % 2 ? random(3) : 0; edits > 0; edits--) {
      characters.splice(random(characters.length), random(2), pieces[random(pieces.length)]);
    }
    const text = characters.join("");
    let wanted;
    try {
      wanted = JSON.parse(text);
    } catch {
      continue;
    }
    if (wanted === null || typeof wanted !== "object" || Array.isArray(wanted)) continue;
    taken += 1;
    assert.deepEqual(Object.fromEntries(parsed(text)), wanted, text);
  }
  assert.ok(taken > 10_000, `${taken} were objects`);
});
