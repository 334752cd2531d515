import { invalid } from "../failure.js";
import { describe } from "./describe.js";

/** Flags: an array of the names that are set, in the order of their declaration. */
export class FlagsType {
  constructor(names) {
    this.names = names;
    this.indexes = new Map(names.map((name, index) => [name, index]));
    this.words = Math.ceil(names.length / 32);
    this.size = names.length <= 8 ? 1 : names.length <= 16 ? 2 : this.words * 4;
    this.align = Math.min(this.size, 4);
    this.flat = new Array(this.words).fill("i32");
  }

  load(cx, at) {
    const { names } = this;
    const set = [];
    for (let i = 0; i < names.length; i++) if (cx.view.getUint8(at + (i >> 3)) & (1 << (i & 7))) set.push(names[i]);
    return set;
  }

  lift(_, flat, from) {
    const { names } = this;
    const set = [];
    for (let i = 0; i < names.length; i++) if (flat[from + (i >> 5)] & (1 << (i & 31))) set.push(names[i]);
    return set;
  }

  store(cx, value, at) {
    for (let i = 0; i < this.size; i++) cx.view.setUint8(at + i, 0);
    this.each(value, (index) => {
      const byte = at + (index >> 3);
      cx.view.setUint8(byte, cx.view.getUint8(byte) | (1 << (index & 7)));
    });
  }

  lower(_, value, flat, from) {
    for (let i = 0; i < this.words; i++) flat[from + i] = 0;
    this.each(value, (index) => {
      flat[from + (index >> 5)] |= 1 << (index & 31);
    });
  }

  each(value, set) {
    if (!Array.isArray(value)) throw invalid(`expected an array of flags, got ${describe(value)}`);
    for (const name of value) {
      const index = this.indexes.get(name);
      if (index === undefined) throw invalid(`expected flags of ${this.names.join(", ")}, got ${describe(name)}`);
      set(index);
    }
  }
}
