/** A deployment that has grown: a million functions with a module each, of 100,000 users, and a million executions. */

const ROWS = 1_000_000;
const uuid = (kind, number) => `00000000-0000-${kind}000-8000-${String(number).padStart(12, "0")}`;

/** Fills the tables in one go, triggers aside, and gives who is interesting in them. */
export async function fill(db) {
  await db.transaction(async (connection) => {
    await connection.exec("set local session_replication_role = replica; set local maintenance_work_mem = '256MB'");
    const id = (kind, number) => `('00000000-0000-${kind}000-8000-' || lpad((${number})::text, 12, '0'))::uuid`;
    // One function in ten is public, one in a thousand the system's, one in a thousand the admins'.
    await connection.exec(`insert into public.functions (id, name, owner_type, owner, visibility)
      select ${id(4, "n")}, 'f-' || lpad(n::text, 7, '0'),
        (case when n % 1000 = 1 then 'system' when n % 1000 = 2 then 'admin' else 'user' end)::public.owner_type,
        ${id(1, "n % 100000")}, case when n % 10 = 0 then 'public' else 'private' end
      from generate_series(1, ${ROWS}) as n`);
    const prepared = JSON.stringify({ prepare: 1, bundle: "0".repeat(64), worlds: [], exports: [], types: [] });
    await connection.exec(`insert into public.wasm_modules (function_id, version, owner_type, sha256, size, kind, prepared)
      select f.id, 1, f.owner_type, md5(f.name) || md5(f.name), 1000, 'core', case when random() < 0.9 then '${prepared}'::jsonb end
      from public.functions as f`);
    // Every second call is of one busy function, whose owner is user 7; one call in a thousand is of the system's, one in three came over HTTP.
    await connection.exec(`insert into public.wasm_executions
        (id, function_id, function_name, owner_type, owner, version, revision, caller, source, status, code, started_at, duration_ms)
      select ${id(2, "n")}, f.id, f.name, f.owner_type, f.owner, 1, 2, ${id(1, "n::bigint * 7919 % 100000")}, case when n % 3 = 0 then 'http' else 'executor' end,
        case when n % 50 = 0 then 'failed' else 'ok' end, case when n % 50 = 0 then 'trap' end,
        timestamptz '2026-11-01' + n * interval '1 second', 1.5
      from (
        select n, case when n % 2 = 0 then 7 when n % 1000 = 1 then 1 else n end as of from generate_series(1, ${ROWS}) as n
      ) as calls join public.functions as f on f.id = ${id(4, "calls.of")}`);
  });
  await db.exec("analyze public.functions; analyze public.wasm_modules; analyze public.wasm_executions");
  return {
    owner: { sub: uuid(1, 7) },
    caller: { sub: uuid(1, 12345) },
    admin: { sub: uuid(9, 1), admin: true },
    stranger: { sub: uuid(9, 2) },
    name: "f-0000007",
    function: uuid(4, 7),
    busy: uuid(4, 7),
    middle: "2026-11-06T00:00:00Z",
  };
}
