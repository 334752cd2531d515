import { invalid, within } from "../failure.js";
import { alignTo, describe } from "./describe.js";
import { extentOf } from "./extent.js";

/** Where the parts of a record or tuple lie, in memory and among core values. */
function layout(types) {
  let size = 0;
  let align = 1;
  const at = [];
  const from = [];
  const flat = [];
  for (const type of types) {
    size = alignTo(size, type.align);
    at.push(size);
    from.push(flat.length);
    size += type.size;
    align = Math.max(align, type.align);
    for (const core of type.flat) flat.push(core);
  }
  return { size: alignTo(size, align), align, at, from, flat };
}

/** A record: an object with WIT's names as keys. */
export class RecordType {
  constructor(fields) {
    this.fields = fields.map(([name, type]) => ({ name, type, at: 0, from: 0 }));
    const { size, align, at, from, flat } = layout(fields.map(([, type]) => type));
    this.extent = extentOf(fields);
    this.size = size;
    this.align = align;
    this.flat = flat;
    this.fields.forEach((field, i) => {
      field.at = at[i];
      field.from = from[i];
    });
  }

  load(cx, at) {
    const record = {};
    for (const field of this.fields) record[field.name] = field.type.load(cx, at + field.at);
    return record;
  }

  lift(cx, flat, from) {
    const record = {};
    for (const field of this.fields) record[field.name] = field.type.lift(cx, flat, from + field.from);
    return record;
  }

  store(cx, value, at) {
    this.check(value);
    for (const field of this.fields) {
      try {
        field.type.store(cx, value[field.name], at + field.at);
      } catch (error) {
        throw within(`.${field.name}`, error);
      }
    }
  }

  lower(cx, value, flat, from) {
    this.check(value);
    for (const field of this.fields) {
      try {
        field.type.lower(cx, value[field.name], flat, from + field.from);
      } catch (error) {
        throw within(`.${field.name}`, error);
      }
    }
  }

  check(value) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      const names = this.fields.map((field) => field.name).join(", ");
      throw invalid(`expected a record with ${names}, got ${describe(value)}`);
    }
  }
}

/** A tuple: an array. */
export class TupleType {
  constructor(types) {
    this.types = types;
    const { size, align, at, from, flat } = layout(types);
    this.extent = extentOf(types.map((type) => ["", type]));
    this.size = size;
    this.align = align;
    this.flat = flat;
    this.at = at;
    this.from = from;
  }

  load(cx, at) {
    const { types } = this;
    const tuple = [];
    for (let i = 0; i < types.length; i++) tuple.push(types[i].load(cx, at + this.at[i]));
    return tuple;
  }

  lift(cx, flat, from) {
    const { types } = this;
    const tuple = [];
    for (let i = 0; i < types.length; i++) tuple.push(types[i].lift(cx, flat, from + this.from[i]));
    return tuple;
  }

  store(cx, value, at) {
    const { types } = this;
    this.check(value);
    for (let i = 0; i < types.length; i++) {
      try {
        types[i].store(cx, value[i], at + this.at[i]);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
  }

  lower(cx, value, flat, from) {
    const { types } = this;
    this.check(value);
    for (let i = 0; i < types.length; i++) {
      try {
        types[i].lower(cx, value[i], flat, from + this.from[i]);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
  }

  check(value) {
    const { length } = this.types;
    if (!Array.isArray(value)) throw invalid(`expected a tuple of ${length}, got ${describe(value)}`);
    if (value.length !== length) throw invalid(`expected a tuple of ${length}, got ${value.length} elements`);
  }
}
