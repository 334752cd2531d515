import { invalid, within } from "../failure.js";
import { VALUE } from "../schedule.js";
import { describe } from "./describe.js";
import { extent } from "./extent.js";

/** A list of numbers: a typed array, copied as bytes; a plain array is taken too. */
export class NumberList {
  size = 8;
  align = 4;
  flat = ["i32", "i32"];

  constructor(element) {
    this.element = element;
  }

  load(cx, at) {
    return this.read(cx, cx.view.getUint32(at, true), cx.view.getUint32(at + 4, true));
  }

  lift(cx, flat, from) {
    return this.read(cx, flat[from] >>> 0, flat[from + 1] >>> 0);
  }

  store(cx, value, at) {
    this.write(cx, value);
    cx.view.setUint32(at, cx.pointer, true);
    cx.view.setUint32(at + 4, cx.length, true);
  }

  lower(cx, value, flat, from) {
    this.write(cx, value);
    flat[from] = cx.pointer | 0;
    flat[from + 1] = cx.length | 0;
  }

  read(cx, pointer, length) {
    const { size, align, array: Numbers } = this.element;
    const bytes = length * size;
    cx.reach(pointer, bytes, align);
    cx.lifted(VALUE + bytes, bytes);
    const copy = cx.bytes.slice(pointer, pointer + bytes);
    return Numbers === Uint8Array ? copy : new Numbers(copy.buffer);
  }

  write(cx, value) {
    const { element } = this;
    const given = value instanceof ArrayBuffer && element.array === Uint8Array ? new Uint8Array(value) : value;
    const same = given instanceof element.array;
    if (!same && !Array.isArray(given)) throw invalid(`expected a list of numbers, got ${describe(value)}`);
    const { length } = given;
    const bytes = length * element.size;
    cx.charge(VALUE + bytes);
    const pointer = cx.allocate(element.align, bytes);
    if (same) {
      cx.bytes.set(new Uint8Array(given.buffer, given.byteOffset, bytes), pointer);
    } else {
      for (let i = 0; i < length; i++) {
        try {
          element.store(cx, given[i], pointer + i * element.size);
        } catch (error) {
          throw within(`[${i}]`, error);
        }
      }
    }
    cx.pointer = pointer;
    cx.length = length;
  }
}

/** A list of anything else: an array. */
export class List {
  size = 8;
  align = 4;
  flat = ["i32", "i32"];

  constructor(element) {
    this.element = element;
  }

  load(cx, at) {
    return this.read(cx, cx.view.getUint32(at, true), cx.view.getUint32(at + 4, true));
  }

  lift(cx, flat, from) {
    return this.read(cx, flat[from] >>> 0, flat[from + 1] >>> 0);
  }

  store(cx, value, at) {
    const pointer = this.write(cx, value);
    cx.view.setUint32(at, pointer, true);
    cx.view.setUint32(at + 4, value.length, true);
  }

  lower(cx, value, flat, from) {
    flat[from] = this.write(cx, value) | 0;
    flat[from + 1] = value.length | 0;
  }

  read(cx, pointer, length) {
    const { element } = this;
    const { size } = element;
    const out = Math.max(64, extent(element));
    cx.reach(pointer, length * size, element.align);
    cx.lifted(VALUE, 0);
    const list = [];
    for (let i = 0; i < length; i++) {
      // Lists inside may overlap, so that a small memory can stand for endless work: each element pays.
      cx.lifted(VALUE + size, out);
      list.push(element.load(cx, pointer + i * size));
    }
    return list;
  }

  write(cx, value) {
    if (!Array.isArray(value)) throw invalid(`expected a list, got ${describe(value)}`);
    const { element } = this;
    const { size } = element;
    const { length } = value;
    cx.charge(VALUE + length * (VALUE + size));
    const pointer = cx.allocate(element.align, length * size);
    for (let i = 0; i < length; i++) {
      try {
        element.store(cx, value[i], pointer + i * size);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
    return pointer;
  }
}
