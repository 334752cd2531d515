/** Turns a plan into SELECT statements: embedded resources become lateral joins that give JSON. */
import { identifier } from "../sql.mjs";
import { fieldSql, orderSql, whereSql } from "./condition.mjs";
import { RestError } from "./errors.mjs";
import { embedded } from "./plan.mjs";
import { outputName } from "./select.mjs";

export const tableSql = (table) => `${identifier(table.schema)}.${identifier(table.name)}`;

/**
 * The parts of the SELECT for one node.
 *
 * @param {string} from what stands in the FROM clause, with its alias
 * @param {string[]} [conditions] join conditions with the parent
 */
export function selectParts(node, parameters, from, conditions = []) {
  const joins = node.embeds.map((embed) => joinSql(node, embed, parameters));
  const grouped = node.items.some((item) => item.aggregate);
  const groups = [];
  const columns = [];
  for (const item of node.items) {
    const sqls = itemSql(node, item, grouped);
    columns.push(...sqls.map(({ sql, name }) => (name === undefined ? sql : `${sql} AS ${identifier(name)}`)));
    if (grouped && !item.aggregate) groups.push(...sqls.map(({ sql }) => sql));
  }
  const where = [...conditions, whereSql(node, node.filters, parameters)].filter(Boolean).join(" AND ");
  return {
    columns: columns.length > 0 ? columns.join(", ") : node.items.length > 0 ? "" : "1",
    from: `FROM ${from}${joins.map((join) => ` ${join}`).join("")}`,
    where: where && ` WHERE ${where}`,
    group: groups.length > 0 ? ` GROUP BY ${groups.join(", ")}` : "",
    order:
      node.order.length > 0 ? ` ORDER BY ${orderSql(node, node.order, (term) => relatedOrderSql(node, term))}` : "",
    grouped,
  };
}

/** The whole SELECT of a node, with its limit. */
export function selectSql(node, parameters, from, conditions) {
  const parts = selectParts(node, parameters, from, conditions);
  return `SELECT ${parts.columns} ${parts.from}${parts.where}${parts.group}${parts.order}${limitSql(node)}`;
}

/** LIMIT and OFFSET; both were parsed as whole numbers. */
export function limitSql({ limit, offset }) {
  return `${limit === undefined ? "" : ` LIMIT ${limit}`}${offset > 0 ? ` OFFSET ${offset}` : ""}`;
}

function itemSql(node, item, grouped) {
  if (item.kind === "embed") return embedColumns(node, item, grouped);
  if (item.kind === "star") {
    if (grouped && node.table) {
      return node.table.columns.map(({ name }) => ({ sql: fieldSql(node.alias, { name, path: [] }), name }));
    }
    return [{ sql: `${identifier(node.alias)}.*` }];
  }
  let sql = item.name === "*" ? "*" : fieldSql(node.alias, item);
  if (item.cast) sql = `CAST(${sql} AS ${item.cast})`;
  if (item.aggregate) sql = `${item.aggregate}(${sql})`;
  if (item.outerCast) sql = `CAST(${sql} AS ${item.outerCast})`;
  return [{ sql, name: outputName(item) }];
}

function embedColumns(node, item, grouped) {
  const embed = node.embeds.find((candidate) => candidate.item === item);
  const lateral = identifier(embed.lateral);
  if (item.spread) return spreadNames(embed.node).map((name) => ({ sql: `${lateral}.${identifier(name)}`, name }));
  if (item.items.length === 0) return [];
  const json = embed.toOne ? `${lateral}."_json"` : `coalesce(${lateral}."_json", '[]')`;
  return [{ sql: grouped ? `(${json})::jsonb` : json, name: embed.name }];
}

/** The column names that a spread resource adds to its parent. */
function spreadNames(node) {
  return node.items.flatMap((item) => {
    if (item.kind === "star") return node.table.columns.map((column) => column.name);
    if (item.kind !== "embed") return [outputName(item)];
    const embed = node.embeds.find((candidate) => candidate.item === item);
    if (item.spread) return spreadNames(embed.node);
    return item.items.length === 0 ? [] : [embed.name];
  });
}

function joinSql(parent, embed, parameters) {
  const { node } = embed;
  const [from, conditions] = relatedFrom(parent, embed);
  const inner = selectSql(node, parameters, from, conditions);
  const lateral = identifier(embed.lateral);
  const spread = embed.item.spread ? spreadNames(node) : [];
  let select;
  if (embed.toOne) {
    const columns = spread.map((name) => `r.${identifier(name)}`);
    select = `SELECT ${embed.item.spread ? columns.concat('true AS "_found"').join(", ") : 'row_to_json(r) AS "_json", true AS "_found"'} FROM (${inner}) r`;
  } else {
    const columns = spread.map((name) => `coalesce(json_agg(r.${identifier(name)}), '[]') AS ${identifier(name)}`);
    const found = 'CASE WHEN count(*) > 0 THEN true END AS "_found"';
    select = `SELECT ${embed.item.spread ? columns.concat(found).join(", ") : `json_agg(r) AS "_json", ${found}`} FROM (${inner}) r`;
  }
  const condition = embed.join === "inner" ? `${lateral}."_found"` : "true";
  return `${embed.join === "inner" ? "INNER" : "LEFT"} JOIN LATERAL (${select}) ${lateral} ON ${condition}`;
}

/** The FROM clause of a related table and the conditions that tie it to its parent's row. */
function relatedFrom(parent, embed) {
  const { node, relationship, junction } = embed;
  const column = (alias, name) => `${identifier(alias)}.${identifier(name)}`;
  const equal = (left, right) => (pair) => `${column(left, pair[0])} = ${column(right, pair[1])}`;
  const from = `${tableSql(node.table)} AS ${identifier(node.alias)}`;
  if (!relationship.junction) return [from, relationship.columns.map(equal(parent.alias, node.alias))];
  const { table, source, target } = relationship.junction;
  const on = target.map(equal(junction, node.alias)).join(" AND ");
  return [
    `${from} INNER JOIN ${tableSql(table)} AS ${identifier(junction)} ON ${on}`,
    source.map(equal(junction, parent.alias)),
  ];
}

/** Orders by a column of a to-one resource, whether it is selected or not. */
function relatedOrderSql(node, { relation, field }) {
  const embed = embedded(node, relation);
  if (!embed) {
    throw new RestError(400, "PGRST108", `'${relation}' is not an embedded resource in this request`, {
      hint: `Verify that '${relation}' is included in the 'select' query parameter.`,
    });
  }
  if (!embed.toOne) {
    throw new RestError(400, "PGRST118", `A related order on '${relation}' is not possible`, {
      details: `'${node.name}' and '${relation}' do not form a many-to-one or one-to-one relationship`,
    });
  }
  const [from, conditions] = relatedFrom(node, embed);
  return `(SELECT ${fieldSql(embed.node.alias, field)} FROM ${from} WHERE ${conditions.join(" AND ")} LIMIT 1)`;
}

/** True if leaving out the joins would change which rows there are. */
export function joinsMatter(node) {
  return (
    node.embeds.some((embed) => embed.join === "inner") || node.filters.some((filter) => mentionsEmbed(node, filter))
  );
}

function mentionsEmbed(node, condition) {
  if (condition.kind === "logic") return condition.children.some((child) => mentionsEmbed(node, child));
  return condition.op === "is" && Boolean(embedded(node, condition.field.name));
}
