// Large modules: of real code, and of nothing but nesting.

function leb(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

function read(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

/** The sections of a core module: `[id, contents]` each. */
function sections(module) {
  const found = [];
  for (let at = 8; at < module.length; ) {
    const id = module[at];
    const [size, start] = read(module, at + 1);
    found.push([id, module.subarray(start, start + size)]);
    at = start + size;
  }
  return found;
}

/** `module` with as many copies of its functions as fit into `most` bytes; they call what the first ones call, and nobody calls them. */
export function enlarged(module, most) {
  const parts = sections(module);
  const code = parts.find(([id]) => id === 10)[1];
  const rest = most - module.length - 64;
  const copies = Math.floor(rest / (code.length + parts.find(([id]) => id === 3)[1].length));
  const grown = parts.map(([id, contents]) => {
    if (id !== 3 && id !== 10) return [id, contents];
    const [count, at] = read(contents, 0);
    const all = new Array(copies + 1).fill(contents.subarray(at));
    return [id, Buffer.concat([leb(count * (copies + 1)), ...all])];
  });
  const written = grown.flatMap(([id, contents]) => [Buffer.from([id]), leb(contents.length), contents]);
  return Buffer.concat([module.subarray(0, 8), ...written]);
}

const section = (id, contents) => Buffer.concat([Buffer.from([id]), leb(contents.length), contents]);

/** A module of one exported function, whose body is `code`: its locals, its instructions and its end. */
export function moduleOf(code = Buffer.from([0x00, 0x0b])) {
  return Buffer.concat([
    Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]),
    section(1, Buffer.from([1, 0x60, 0, 0])),
    section(3, Buffer.from([1, 0])),
    section(7, Buffer.from([1, 1, 0x66, 0, 0])),
    section(10, Buffer.concat([Buffer.from([1]), leb(code.length), code])),
  ]);
}

/** A module whose function is so many blocks inside one another. */
export function nestedBlocks(depth) {
  return moduleOf(
    Buffer.concat([
      Buffer.from([0]),
      Buffer.alloc(depth * 2, Buffer.from([0x02, 0x40])),
      Buffer.alloc(depth + 1, 0x0b),
    ]),
  );
}
