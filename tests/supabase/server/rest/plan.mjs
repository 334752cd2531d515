/**
 * Joins what was parsed into one tree: each node a table (or function result) with its columns, filters and children.
 *
 * @typedef {{ table?: object, alias: string, items: object[], filters: object[], order: object[], limit?: number,
 *   offset: number, embeds: Embedded[] }} Node
 * @typedef {{ node: Node, relationship: object, item: object, join: string, name: string, lateral: string }} Embedded
 */
import { RestError } from "./errors.mjs";
import { findRelationship } from "./relationship.mjs";

/** Gives each table of a statement a name of its own, so that a nested query can't capture an outer one's. */
class Aliases {
  #used = new Set();
  #counter = 0;
  take(name) {
    let alias = name;
    while (this.#used.has(alias)) alias = `${name}_${++this.#counter}`;
    this.#used.add(alias);
    return alias;
  }
}

/** Builds the tree. `table` is undefined for a function that returns a scalar or an anonymous record. */
export function buildPlan(catalog, name, table, query) {
  const aliases = new Aliases();
  const root = node(catalog, aliases.take(name), table, query.select, aliases);
  root.name = name;
  for (const scope of query.scopes) {
    const target = locate(root, scope.path);
    target.filters.push(...scope.filters);
    if (scope.order.length > 0) target.order = scope.order;
    if (scope.limit !== undefined) target.limit = scope.limit;
    if (scope.offset > 0) target.offset = scope.offset;
  }
  return root;
}

function node(catalog, alias, table, items, aliases) {
  const result = {
    table,
    name: table?.name,
    alias,
    items,
    filters: [],
    order: [],
    limit: undefined,
    offset: 0,
    embeds: [],
  };
  for (const item of items) {
    if (item.kind !== "embed") continue;
    if (!table)
      throw new RestError(400, "PGRST200", `Could not find a relationship to '${item.name}' in the schema cache`);
    const relationship = findRelationship(catalog, table, item.name, item.hint);
    const child = node(catalog, aliases.take(`${relationship.to.name}_1`), relationship.to, item.items, aliases);
    result.embeds.push({
      node: child,
      relationship,
      item,
      join: item.join ?? "left",
      name: item.alias ?? item.name,
      lateral: aliases.take(`${relationship.to.name}_embed`),
      junction: relationship.junction && aliases.take(relationship.junction.table.name),
      toOne: relationship.cardinality === "many-to-one" || relationship.cardinality === "one-to-one",
    });
  }
  return result;
}

function locate(root, path) {
  let current = root;
  for (const name of path) {
    const found = embedded(current, name);
    if (!found) {
      throw new RestError(400, "PGRST108", `'${name}' is not an embedded resource in this request`, {
        hint: `Verify that '${name}' is included in the 'select' query parameter.`,
      });
    }
    current = found.node;
  }
  return current;
}

/** The embedded resource that a filter or an order names: by its alias, else by the name in `select`. */
export function embedded(node, name) {
  return node.embeds.find((embed) => embed.name === name) ?? node.embeds.find((embed) => embed.item.name === name);
}
