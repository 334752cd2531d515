/** The schema cache: tables, columns, keys and functions of the exposed schemas, read from Postgres' own catalogs. */

const TABLES = `
  select c.oid::int as oid, n.nspname as schema, c.relname as name, c.relkind::text as kind,
    (select coalesce(json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'base', format_type(a.atttypid, null),
        'identity', a.attidentity <> '', 'generated', a.attgenerated <> '', 'nullable', not a.attnotnull,
        'sequence', pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname),
        'default', (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
                    where d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = ''))
        order by a.attnum), '[]')
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select coalesce(json_agg(a.attname order by k.ordinality), '[]')
      from pg_constraint p, unnest(p.conkey) with ordinality k(num, ordinality)
      join pg_attribute a on a.attnum = k.num
      where p.conrelid = c.oid and p.contype = 'p' and a.attrelid = c.oid) as primary_key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname = any($1)`;

const FOREIGN_KEYS = `
  select f.conname as name, f.conrelid::int as "from", f.confrelid::int as "to",
    (select json_agg(a.attname order by k.ordinality) from unnest(f.conkey) with ordinality k(num, ordinality)
      join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.num) as from_columns,
    (select json_agg(a.attname order by k.ordinality) from unnest(f.confkey) with ordinality k(num, ordinality)
      join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.num) as to_columns,
    exists (select from pg_index i where i.indrelid = f.conrelid and i.indisunique and i.indpred is null
      and (select array_agg(x order by x) from unnest(i.indkey::int2[]) x)
        = (select array_agg(x order by x) from unnest(f.conkey) x)) as is_unique
  from pg_constraint f where f.contype = 'f' and f.conparentid = 0 order by f.conname, f.conrelid`;

const FUNCTIONS = `
  select n.nspname as schema, p.proname as name, p.provolatile::text as volatility, p.proretset as returns_set,
    t.typname as return_type, t.typtype::text as return_kind, nullif(t.typrelid, 0)::int as return_table,
    p.provariadic <> 0 as variadic, p.pronargdefaults as defaults,
    coalesce(p.proargnames, '{}') as names,
    (select coalesce(json_agg(format_type(a, null) order by ord), '[]')
      from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality x(a, ord)) as types,
    coalesce(p.proargmodes::text[], '{}') as modes,
    (select array_agg(typrelid::int order by ord) from unnest(p.proargtypes::oid[]) with ordinality x(a, ord)
      join pg_type on pg_type.oid = a) as argument_tables
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type t on t.oid = p.prorettype
  where p.prokind = 'f' and n.nspname = any($1) and t.typname not in ('trigger', 'event_trigger')`;

const TIMEOUTS = `
  select rolname as role, split_part(setting, '=', 2) as timeout
  from pg_roles, unnest(rolconfig) setting where setting like 'statement_timeout=%'`;

/** Reads what the API needs to know. */
export async function readCatalog(database, schemas) {
  const [tables, keys, functions, timeouts] = await database.exclusive(async (connection) => [
    (await connection.query(TABLES, [schemas])).rows,
    (await connection.query(FOREIGN_KEYS)).rows,
    (await connection.query(FUNCTIONS, [schemas])).rows,
    (await connection.query(TIMEOUTS)).rows,
  ]);
  return new Catalog(tables, keys, functions, timeouts);
}

function milliseconds(text) {
  const [, value, unit = "ms"] = /^(\d+)\s*(ms|s|min|h)?$/.exec(text) ?? [];
  return value === undefined ? 0 : Number(value) * { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }[unit];
}

export class Catalog {
  #tables = new Map();
  #byOid = new Map();
  #functions = new Map();
  constructor(tables, foreignKeys, functions, timeouts) {
    for (const table of tables) {
      table.column = new Map(table.columns.map((column) => [column.name, column]));
      this.#tables.set(JSON.stringify([table.schema, table.name]), table);
      this.#byOid.set(table.oid, table);
    }
    this.foreignKeys = foreignKeys.filter((key) => this.#byOid.has(key.from) && this.#byOid.has(key.to));
    for (const fn of functions) {
      const id = JSON.stringify([fn.schema, fn.name]);
      if (!this.#functions.has(id)) this.#functions.set(id, []);
      this.#functions.get(id).push(describe(fn));
    }
    this.timeouts = new Map(timeouts.map(({ role, timeout }) => [role, milliseconds(timeout)]));
  }
  table(schema, name) {
    return this.#tables.get(JSON.stringify([schema, name]));
  }
  tableByOid(oid) {
    return this.#byOid.get(oid);
  }
  functions(schema, name) {
    return this.#functions.get(JSON.stringify([schema, name])) ?? [];
  }
  tableNames(schema) {
    return [...this.#tables.values()].filter((table) => table.schema === schema).map((table) => table.name);
  }
  functionNames(schema) {
    return [...this.#functions.values()].filter(([fn]) => fn.schema === schema).map(([fn]) => fn.name);
  }
  tables() {
    return [...this.#tables.values()];
  }
}

/** Splits a function's parallel arrays into arguments and result columns. */
function describe(fn) {
  const modes = fn.modes.length > 0 ? fn.modes : fn.types.map(() => "i");
  const all = fn.types.map((type, index) => ({ type, name: fn.names[index] ?? "", mode: modes[index] }));
  const args = all.filter(({ mode }) => "ibv".includes(mode));
  args.forEach((argument, index) => {
    argument.optional = index >= args.length - fn.defaults || argument.mode === "v";
    argument.variadic = argument.mode === "v";
  });
  const outputs = all.filter(({ mode }) => "obt".includes(mode));
  return { ...fn, args, outputs };
}
