/** Turns filters and order terms into SQL. Values are bound, names quoted, operators come from a fixed table. */
import { identifier, literal } from "../sql.mjs";
import { RestError } from "./errors.mjs";
import { embedded } from "./plan.mjs";

const OPERATORS = {
  eq: "=",
  neq: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  like: "LIKE",
  ilike: "ILIKE",
  match: "~",
  imatch: "~*",
  cs: "@>",
  cd: "<@",
  ov: "&&",
  sl: "<<",
  sr: ">>",
  nxr: "&<",
  nxl: "&>",
  adj: "-|-",
  isdistinct: "IS DISTINCT FROM",
};
const FULL_TEXT = {
  fts: "to_tsquery",
  plfts: "plainto_tsquery",
  phfts: "phraseto_tsquery",
  wfts: "websearch_to_tsquery",
};
const IS = { null: "NULL", not_null: "NOT NULL", true: "TRUE", false: "FALSE", unknown: "UNKNOWN" };

/** A column, or a place inside a JSON column. */
export function fieldSql(alias, { name, path }) {
  const column = `${identifier(alias)}.${identifier(name)}`;
  if (path.length === 0) return column;
  const steps = path.map(
    ({ key, text }) => `${text ? "->>" : "->"}${typeof key === "number" ? `(${key})` : literal(key)}`,
  );
  return `(to_jsonb(${column})${steps.join("")})`;
}

/** The condition that all of `filters` hold, or "" when there is none. */
export function whereSql(node, filters, parameters) {
  return filters.map((filter) => conditionSql(node, filter, parameters)).join(" AND ");
}

function conditionSql(node, condition, parameters) {
  const sql =
    condition.kind === "logic" ? logicSql(node, condition, parameters) : filterSql(node, condition, parameters);
  return condition.negate ? `NOT (${sql})` : sql;
}

function logicSql(node, { op, children }, parameters) {
  return `(${children.map((child) => conditionSql(node, child, parameters)).join(op === "and" ? " AND " : " OR ")})`;
}

function filterSql(node, filter, parameters) {
  const { field, op, quantifier, language, value, list } = filter;
  if (op === "is" && field.path.length === 0 && !node.table?.column.has(field.name)) {
    const embed = embedded(node, field.name);
    if (embed) return embedIsSql(embed, value);
  }
  const left = fieldSql(node.alias, field);
  if (op === "is") return `${left} IS ${IS[value]}`;
  if (op === "in") return list.length === 0 ? "FALSE" : `${left} = ANY (${parameters.bind(arrayText(list))})`;
  if (FULL_TEXT[op]) {
    const config = language ? `${literal(language)}::regconfig, ` : "";
    const type = node.table?.column.get(field.name)?.base;
    const document = type === "tsvector" && field.path.length === 0 ? left : `to_tsvector(${config}${left})`;
    return `${document} @@ ${FULL_TEXT[op]}(${config}${parameters.bind(value)})`;
  }
  const right = op === "like" || op === "ilike" ? value.replaceAll("*", "%") : value;
  const bound = parameters.bind(right);
  return `${left} ${OPERATORS[op]} ${quantifier ? `${quantifier.toUpperCase()} (${bound})` : bound}`;
}

/** `embedded=is.null` and `not.is.null`: rows without, or with, a related row. */
function embedIsSql(embed, value) {
  if (value !== "null" && value !== "not_null") {
    throw new RestError(400, "PGRST120", `Bad operator on the '${embed.name}' embedded resource`, {
      details: "Only is null or not is null filters are allowed on embedded resources",
    });
  }
  return `${identifier(embed.lateral)}."_found" IS ${IS[value]}`;
}

/** An array literal: every element quoted, so that no content can end it. */
function arrayText(values) {
  return `{${values.map((value) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(",")}}`;
}

/** The ORDER BY list, or "" when there is none. */
export function orderSql(node, terms, relatedSql) {
  return terms
    .map((term) => {
      const column = term.relation ? relatedSql(term) : fieldSql(node.alias, term.field);
      const direction = term.direction ? ` ${term.direction.toUpperCase()}` : "";
      return `${column}${direction}${term.nulls ? ` NULLS ${term.nulls.toUpperCase()}` : ""}`;
    })
    .join(", ");
}
