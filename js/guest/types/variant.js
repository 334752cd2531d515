import { invalid, trap, within } from "../failure.js";
import { alignTo, describe } from "./describe.js";
import { extent } from "./extent.js";

const scratch = new DataView(new ArrayBuffer(8));

// Core values of the cases of a variant share places; where their types differ, the bits travel in a wider integer.
const widen = {
  "f32 i32": (value) => {
    scratch.setFloat32(0, value);
    return scratch.getInt32(0);
  },
  "i32 i64": (value) => BigInt(value >>> 0),
  "f32 i64": (value) => {
    scratch.setFloat32(0, value);
    return BigInt(scratch.getUint32(0));
  },
  "f64 i64": (value) => {
    scratch.setFloat64(0, value);
    return scratch.getBigInt64(0);
  },
};
const narrow = {
  "f32 i32": (value) => {
    scratch.setInt32(0, value);
    return scratch.getFloat32(0);
  },
  "i32 i64": (value) => Number(BigInt.asIntN(32, value)),
  "f32 i64": (value) => {
    scratch.setInt32(0, Number(BigInt.asIntN(32, value)));
    return scratch.getFloat32(0);
  },
  "f64 i64": (value) => {
    scratch.setBigInt64(0, value);
    return scratch.getFloat64(0);
  },
};

function join(a, b) {
  if (a === b) return a;
  return (a === "i32" && b === "f32") || (a === "f32" && b === "i32") ? "i32" : "i64";
}

/** What variants, options, results and enums share: a case and what it carries. Each says how it is `made` and `chosen`, and what it `carried`. */
export class Cases {
  /** @param {[string, any][]} cases */
  constructor(cases) {
    this.names = cases.map(([name]) => name);
    this.indexes = new Map(this.names.map((name, index) => [name, index]));
    // {"tag":"…","val":…}
    this.extent = cases.reduce((most, [name, type]) => Math.max(most, name.length + extent(type)), 0) + 16;
    this.tag = cases.length <= 0x100 ? 1 : cases.length <= 0x10000 ? 2 : 4;
    let size = 0;
    this.align = this.tag;
    const shared = [];
    for (const [, type] of cases) {
      if (!type) continue;
      size = Math.max(size, type.size);
      this.align = Math.max(this.align, type.align);
      type.flat.forEach((core, i) => {
        shared[i] = shared[i] ? join(shared[i], core) : core;
      });
    }
    this.at = alignTo(this.tag, this.align);
    this.size = alignTo(this.at + size, this.align);
    this.flat = ["i32", ...shared];
    this.zeros = shared.map((core) => (core === "i64" ? 0n : 0));
    this.payloads = cases.map(([, type]) => type && { type, moves: moves(type.flat, shared) });
  }

  loadTag(cx, at) {
    const { tag } = this;
    const index =
      tag === 1 ? cx.view.getUint8(at) : tag === 2 ? cx.view.getUint16(at, true) : cx.view.getUint32(at, true);
    return this.known(index);
  }

  storeTag(cx, index, at) {
    const { tag } = this;
    if (tag === 1) cx.view.setUint8(at, index);
    else if (tag === 2) cx.view.setUint16(at, index, true);
    else cx.view.setUint32(at, index, true);
  }

  known(index) {
    if (index >= this.names.length) throw trap("invalid_value", `case ${index} of ${this.names.length}`);
    return index;
  }

  /** @this {any} */
  load(cx, at) {
    const index = this.loadTag(cx, at);
    return this.made(index, this.payloads[index]?.type.load(cx, at + this.at));
  }

  /** @this {any} */
  lift(cx, flat, from) {
    const index = this.known(flat[from] >>> 0);
    const payload = this.payloads[index];
    if (!payload) return this.made(index, undefined);
    if (payload.moves.length === 0) return this.made(index, payload.type.lift(cx, flat, from + 1));
    const own = flat.slice(from + 1, from + 1 + payload.type.flat.length);
    for (const { place, kind } of payload.moves) own[place] = narrow[kind](own[place]);
    return this.made(index, payload.type.lift(cx, own, 0));
  }

  /** @this {any} */
  store(cx, value, at) {
    const index = this.chosen(value);
    this.storeTag(cx, index, at);
    const payload = this.payloads[index];
    if (!payload) return;
    try {
      payload.type.store(cx, this.carried(value), at + this.at);
    } catch (error) {
      throw within(this.place(index), error);
    }
  }

  /** @this {any} */
  lower(cx, value, flat, from) {
    const index = this.chosen(value);
    flat[from] = index;
    const { zeros } = this;
    for (let i = 0; i < zeros.length; i++) flat[from + 1 + i] = zeros[i];
    const payload = this.payloads[index];
    if (!payload) return;
    try {
      payload.type.lower(cx, this.carried(value), flat, from + 1);
    } catch (error) {
      throw within(this.place(index), error);
    }
    for (const { place, kind } of payload.moves) flat[from + 1 + place] = widen[kind](flat[from + 1 + place]);
  }
}

/** Which core values of a case have another type where the cases share a place. */
function moves(own, shared) {
  const found = [];
  own.forEach((core, place) => {
    if (core !== shared[place]) found.push({ place, kind: `${core} ${shared[place]}` });
  });
  return found;
}

const listed = (names) => (names.length <= 12 ? names.join(", ") : `${names.slice(0, 12).join(", ")}, …`);

/** A variant or result: `{ tag, val }`, without `val` where the case carries nothing. */
export class VariantType extends Cases {
  made(index, val) {
    return this.payloads[index] ? { tag: this.names[index], val } : { tag: this.names[index] };
  }

  chosen(value) {
    if (typeof value !== "object" || value === null || !("tag" in value)) {
      throw invalid(`expected an object with a tag, one of ${listed(this.names)}, got ${describe(value)}`);
    }
    const index = this.indexes.get(value.tag);
    if (index === undefined) throw invalid(`expected a tag of ${listed(this.names)}, got ${describe(value.tag)}`);
    return index;
  }

  carried(value) {
    return value.val;
  }

  place(index) {
    return `.${this.names[index]}`;
  }
}

/** An option: the value, or null; an option inside of an option is a variant of `none` and `some`. */
export class OptionType extends Cases {
  constructor(type) {
    super([
      ["none", undefined],
      ["some", type],
    ]);
  }

  made(index, val) {
    return index === 0 ? null : val;
  }

  chosen(value) {
    return value === null || value === undefined ? 0 : 1;
  }

  carried(value) {
    return value;
  }

  place() {
    return "";
  }
}

/** An enum: the name. */
export class EnumType extends Cases {
  constructor(names) {
    super(names.map((name) => [name, undefined]));
  }

  made(index) {
    return this.names[index];
  }

  chosen(value) {
    const index = this.indexes.get(value);
    if (index === undefined) throw invalid(`expected one of ${listed(this.names)}, got ${describe(value)}`);
    return index;
  }
}
