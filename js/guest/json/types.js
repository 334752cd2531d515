// Between JSON and the values that the glue carries, by WIT type. Only what differs is changed here: what is the same in both is checked
// when it is lowered, and undefined stands for it.
import { invalid, within } from "../failure.js";
import { describe } from "../types/describe.js";
import { bytes } from "./bytes.js";
import { float, long } from "./number.js";

/** @typedef {{ read: (json: any) => any, write: (value: any) => any } | undefined} Converter */

const named = (converter, name) => ({ read: (json) => converter.read(json, name), write: converter.write });

const primitives = {
  f32: named(float, "f32"),
  f64: named(float, "f64"),
  s64: named(long, "s64"),
  u64: named(long, "u64"),
  i64: named(long, "i64"),
};

const read = (converter, json, place) => {
  if (!converter) return json;
  try {
    return converter.read(json);
  } catch (error) {
    throw within(place, error);
  }
};
const write = (converter, value) => (converter ? converter.write(value) : value);

function list(of) {
  return {
    read: (json) => (of && Array.isArray(json) ? json.map((inner, i) => read(of, inner, `[${i}]`)) : json),
    // Lists of numbers are typed arrays.
    write: (value) => (of || ArrayBuffer.isView(value) ? Array.from(value, (inner) => write(of, inner)) : value),
  };
}

function tuple(parts) {
  if (!parts.some(Boolean)) return undefined;
  return {
    read: (json) => (Array.isArray(json) ? json.map((inner, i) => read(parts[i], inner, `[${i}]`)) : json),
    write: (value) => value.map((inner, i) => write(parts[i], inner)),
  };
}

/** `absent` holds what a field stands for that is left out, for those that may be. */
function record(fields, absent) {
  const known = new Map(fields);
  const names = fields.map(([name]) => name).join(", ");
  return {
    read(json) {
      if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
      for (const name of Object.keys(json)) {
        if (!known.has(name))
          throw invalid(`expected a record with ${names}, got a field ${JSON.stringify(name)} besides`);
      }
      const made = {};
      for (const [name, of] of fields) {
        if (!Object.hasOwn(json, name)) {
          if (!absent.has(name))
            throw within(`.${name}`, invalid(`expected a record with ${names}, got none of this name`));
          made[name] = absent.get(name);
        } else made[name] = read(of, json[name], `.${name}`);
      }
      return made;
    },
    write: (value) => Object.fromEntries(fields.map(([name, of]) => [name, write(of, value[name])])),
  };
}

function variant(cases) {
  const known = new Map(cases);
  return {
    read(json) {
      if (typeof json !== "object" || json === null || !known.has(json.tag)) return json;
      for (const name of Object.keys(json)) {
        if (name !== "tag" && name !== "val")
          throw invalid(`expected { tag, val }, got a field ${JSON.stringify(name)} besides`);
      }
      const carried = known.get(json.tag);
      if (carried === null) {
        if (json.val === undefined || json.val === null) return { tag: json.tag };
        throw within(`.${json.tag}`, invalid(`expected no val, got ${describe(json.val)}`));
      }
      return { tag: json.tag, val: read(carried.converter, json.val, `.${json.tag}`) };
    },
    write(value) {
      const carried = known.get(value.tag);
      return carried === null ? value : { tag: value.tag, val: write(carried.converter, value.val) };
    },
  };
}

function option(of) {
  if (!of) return undefined;
  return {
    read: (json) => (json === null ? null : of.read(json)),
    write: (value) => (value === null ? null : of.write(value)),
  };
}

/**
 * The converters of a plan's types.
 *
 * @param {Record<string, any>[]} definitions `types` of the plan
 * @returns {(type: string | number) => Converter}
 */
export function makeConverters(definitions) {
  /** @type {Converter[]} */
  const made = [];
  const of = (type) => (typeof type === "number" ? made[type] : primitives[type]);
  const isOption = (type) => typeof type === "number" && "option" in definitions[type];
  /** As an option of this type is written that holds nothing. */
  const none = (type) => (isOption(definitions[type].option) ? { tag: "none" } : null);
  const carried = (type) => (type === null ? null : { converter: of(type) });
  const make = {
    record: (fields) =>
      record(
        fields.map(([name, type]) => [name, of(type)]),
        new Map(fields.filter(([, type]) => isOption(type)).map(([name, type]) => [name, none(type)])),
      ),
    variant: (cases) => variant(cases.map(([name, type]) => [name, carried(type)])),
    result: ([ok, err]) => variant([["ok", carried(ok)], ["err", carried(err)]]), // biome-ignore format: one line says it
    list: (type) => (type === "u8" ? bytes : list(of(type))),
    tuple: (types) => tuple(types.map(of)),
    option: (type) => (isOption(type) ? variant([["none", null], ["some", carried(type)]]) : option(of(type))), // biome-ignore format: one line says it
    flags: () => undefined,
    enum: () => undefined,
  };
  for (const definition of definitions) {
    const [[kind, parts]] = Object.entries(definition);
    made.push(make[kind](parts));
  }
  return of;
}
