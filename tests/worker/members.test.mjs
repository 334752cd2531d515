// A body of a stranger is taken apart by where its members stand; whatever is JSON is taken apart as JSON.parse would.
import assert from "node:assert/strict";
import { test } from "node:test";
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
