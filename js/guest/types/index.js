import { FlagsType } from "./flags.js";
import { List, NumberList } from "./list.js";
import { primitives } from "./primitive.js";
import { RecordType, TupleType } from "./record.js";
import { EnumType, OptionType, VariantType } from "./variant.js";

/**
 * The types of a plan, ready to carry values; once for each isolate.
 *
 * @param {object[]} definitions `types` of the plan
 * @returns {(type: string | number) => object} a type by what the plan calls it
 */
export function makeTypes(definitions) {
  const made = [];
  const named = (type) => (typeof type === "number" ? made[type] : primitives[type]);
  const optional = (type) => (type === null ? undefined : named(type));
  const isOption = (type) => typeof type === "number" && "option" in definitions[type];
  const make = {
    record: (fields) => new RecordType(fields.map(([name, type]) => [name, named(type)])),
    variant: (cases) => new VariantType(cases.map(([name, type]) => [name, optional(type)])),
    list: (type) => (named(type).array ? new NumberList(named(type)) : new List(named(type))),
    tuple: (types) => new TupleType(types.map(named)),
    flags: (names) => new FlagsType(names),
    enum: (names) => new EnumType(names),
    // One null can't tell none from some(none).
    option: (type) =>
      isOption(type)
        ? new VariantType([
            ["none", undefined],
            ["some", named(type)],
          ])
        : new OptionType(named(type)),
    result: ([ok, err]) =>
      Object.assign(
        new VariantType([
          ["ok", optional(ok)],
          ["err", optional(err)],
        ]),
        { fallible: true },
      ),
  };
  for (const definition of definitions) {
    const [[kind, parts]] = Object.entries(definition);
    made.push(make[kind](parts));
  }
  return named;
}
