// The link between the database and TanStack Query: queries are invalidated by the tables they read.

/**
 * Invalidates `client`'s queries when a commit of any tab changed a table that is in their `meta.tables`. Returns how to stop.
 * A query without `meta.tables` is left alone: it isn't one of the database's.
 */
export function invalidateByTable(db, client) {
  return db.onChange(({ tables }) => {
    const touches = (query) => {
      const read = query.meta?.tables;
      return read !== undefined && (tables === null || read.some((table) => tables.includes(table)));
    };
    client.invalidateQueries({ predicate: touches });
  });
}
