/**
 * Finds the relationship that an embedded resource names, from foreign keys.
 *
 * @typedef {{ cardinality: "many-to-one" | "one-to-many" | "one-to-one" | "many-to-many", from: object, to: object,
 *   constraint: string, columns: [string, string][], junction?: { table: object, source: [string, string][],
 *   target: [string, string][], constraints: [string, string] } }} Relationship
 *   `columns` pairs a column of `from` with one of `to`; a junction pairs its own columns with those of each side.
 */
import { RestError } from "./errors.mjs";

const zip = (left, right) => left.map((name, index) => [name, right[index]]);

/** Every relationship that starts at `table`. @returns {Relationship[]} */
function relationshipsOf(catalog, table) {
  const found = [];
  for (const key of catalog.foreignKeys) {
    const from = catalog.tableByOid(key.from);
    const to = catalog.tableByOid(key.to);
    if (key.from === table.oid) {
      const cardinality = key.is_unique ? "one-to-one" : "many-to-one";
      found.push({
        cardinality,
        from,
        to,
        constraint: key.name,
        columns: zip(key.from_columns, key.to_columns),
        forward: true,
      });
    }
    if (key.to === table.oid) {
      const cardinality = key.is_unique ? "one-to-one" : "one-to-many";
      found.push({
        cardinality,
        from: to,
        to: from,
        constraint: key.name,
        columns: zip(key.to_columns, key.from_columns),
      });
    }
  }
  return found.concat(throughJunctions(catalog, table));
}

/** A table is a junction when its primary key contains the columns of both foreign keys. */
function throughJunctions(catalog, table) {
  const found = [];
  for (const near of catalog.foreignKeys.filter((key) => key.to === table.oid)) {
    const junction = catalog.tableByOid(near.from);
    for (const far of catalog.foreignKeys.filter((key) => key.from === near.from && key.name !== near.name)) {
      if (![...near.from_columns, ...far.from_columns].every((name) => junction.primary_key.includes(name))) continue;
      found.push({
        cardinality: "many-to-many",
        from: table,
        to: catalog.tableByOid(far.to),
        constraint: junction.name,
        columns: [],
        junction: {
          table: junction,
          source: zip(near.from_columns, near.to_columns),
          target: zip(far.from_columns, far.to_columns),
          constraints: [near.name, far.name],
        },
      });
    }
  }
  return found;
}

const isSelf = (relationship) => relationship.from.oid === relationship.to.oid;

/** True if the name written in `select` means this relationship. */
function matchesName(relationship, name) {
  if (relationship.constraint === name && !relationship.junction) return true;
  if (relationship.forward && relationship.columns.length === 1 && relationship.columns[0][0] === name) return true;
  if (relationship.to.name !== name) return false;
  // Of a self reference, the plain table name means the rows that point here; the column names the other direction.
  return !(isSelf(relationship) && relationship.forward);
}

function matchesHint(relationship, hint) {
  const { constraint, columns, junction, to } = relationship;
  if (junction) return junction.table.name === hint || junction.constraints.includes(hint);
  return constraint === hint || to.name === hint || (columns.length === 1 && columns[0].includes(hint));
}

/** @returns {Relationship} */
export function findRelationship(catalog, table, name, hint) {
  const all = relationshipsOf(catalog, table).filter((candidate) => candidate.to.schema === table.schema);
  let matching = all.filter((candidate) => matchesName(candidate, name));
  if (hint !== undefined) {
    matching = all.filter(
      (candidate) => (candidate.to.name === name || matchesName(candidate, name)) && matchesHint(candidate, hint),
    );
    if (matching.length > 1) {
      // `parent!parent_id` on a self reference means the row that the column points to.
      const exact = matching.filter((candidate) => candidate.forward && candidate.columns[0][0] === hint);
      if (exact.length === 1) return exact[0];
    }
  }
  if (matching.length === 1) return matching[0];
  if (matching.length === 0) throw missing(table, name, hint);
  throw ambiguous(table, name, matching);
}

function missing(table, name, hint) {
  const suffix = hint === undefined ? "" : ` using the hint '${hint}'`;
  return new RestError(
    400,
    "PGRST200",
    `Could not find a relationship between '${table.name}' and '${name}' in the schema cache`,
    {
      details: `Searched for a foreign key relationship between '${table.name}' and '${name}'${suffix} in the schema '${table.schema}', but no matches were found.`,
    },
  );
}

function ambiguous(table, name, matching) {
  const hints = matching.map((candidate) => `'${name}!${candidate.constraint}'`).join(", ");
  const describe = ({ cardinality, from, to, constraint, columns, junction }) => ({
    cardinality,
    embedding: `${from.name} with ${to.name}`,
    relationship: junction
      ? `${junction.table.name} using ${junction.constraints.join(" and ")}`
      : `${constraint} using ${from.name}(${columns.map(([left]) => left).join(", ")}) and ${to.name}(${columns.map(([, right]) => right).join(", ")})`,
  });
  return new RestError(
    300,
    "PGRST201",
    `Could not embed because more than one relationship was found for '${table.name}' and '${name}'`,
    {
      details: matching.map(describe),
      hint: `Try changing '${name}' to one of the following: ${hints}. Find the desired relationship in the 'details' key.`,
    },
  );
}
