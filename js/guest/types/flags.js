import { invalid } from "../failure.js";
import { describe } from "./describe.js";
import { extentOf } from "./extent.js";

/** Flags, 32 at most: an array of the names that are set, in the order of their declaration. */
export class FlagsType {
  flat = ["i32"];

  constructor(names) {
    this.names = names;
    this.extent = extentOf(names.map((name) => [name, undefined]));
    this.indexes = new Map(names.map((name, index) => [name, index]));
    this.size = names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4;
    this.align = this.size;
  }

  load(cx, at) {
    const { size } = this;
    return this.named(
      size === 1 ? cx.view.getUint8(at) : size === 2 ? cx.view.getUint16(at, true) : cx.view.getUint32(at, true),
    );
  }

  lift(_, flat, from) {
    return this.named(flat[from]);
  }

  store(cx, value, at) {
    const { size } = this;
    const bits = this.bits(value);
    if (size === 1) cx.view.setUint8(at, bits);
    else if (size === 2) cx.view.setUint16(at, bits, true);
    else cx.view.setUint32(at, bits, true);
  }

  lower(_, value, flat, from) {
    flat[from] = this.bits(value);
  }

  named(bits) {
    return this.names.filter((_, index) => bits & (1 << index));
  }

  bits(value) {
    if (!Array.isArray(value)) throw invalid(`expected an array of flags, got ${describe(value)}`);
    let bits = 0;
    for (const name of value) {
      const index = this.indexes.get(name);
      if (index === undefined) throw invalid(`expected flags of ${this.names.join(", ")}, got ${describe(name)}`);
      bits |= 1 << index;
    }
    return bits;
  }
}
