-- What a function logged while it answered over HTTP is for who may change it. Whoever called it so has the execution in their history, without that.
-- A policy hides rows and no columns: so these rows are not for their callers in the table itself, and list_executions shows them without the log.

alter policy "Callers and owners read what ran" on public.wasm_executions using (
  (
    caller = (select auth.uid())
    and (
      source <> 'http'
      or (owner_type = 'user' and owner = (select auth.uid()))
      or (owner_type <> 'user' and (select hashi.is_admin()))
    )
  )
  or (
    ((owner_type = 'user' and owner = (select auth.uid())) or (owner_type <> 'user' and (select hashi.is_admin())))
    and exists (select from public.functions as f where f.id = function_id)
  )
);

comment on table public.wasm_executions is
  'One row for each call, readable by who may change its function, and by its caller unless it came over HTTP; list_executions shows callers all of theirs.';

-- An execution as the API shows it; its log only where it may be shown.
drop function hashi.execution_document(public.wasm_executions);
create function hashi.execution_document(e public.wasm_executions, logs_too boolean) returns json
language sql stable as $$
  select row_to_json(row(
    e.id, e.function_id, e.function_name, e.version, e.revision, e.caller, e.source, e.status, e.code, hashi.shown(e.started_at),
    e.duration_ms, e.fuel, e.memory_bytes, e.cache_hit, e.warm, e.http_status, case when logs_too then e.logs end, e.result_bytes, e.result
  )::hashi.execution_shown)
$$;

-- What ran, of what the caller may see, the latest first; the cursor is the last row of the page before. The service role sees what admins see of
-- functions. Branches as in list_functions; they say all of who sees what, for the owner of the tables, as whom this runs, is bound by no policy.
create or replace function public.list_executions(
  function_id uuid default null, function_name text default null, status text default null, code text default null, caller text default null,
  since timestamptz default null, until timestamptz default null, after_time timestamptz default null, after_id uuid default null,
  most integer default 50
) returns setof json
language plpgsql stable security definer set search_path = '' set jit = off as $$
#variable_conflict use_column
declare
  me uuid := auth.uid();
  admin boolean := hashi.is_admin() or coalesce(auth.role() = 'service_role', false);
  wanted uuid := hashi.id_named(list_executions.caller);
  -- Behind every row where there is no cursor.
  last_time timestamptz := coalesce(list_executions.after_time, 'infinity');
  last_id uuid := coalesce(list_executions.after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  first_time timestamptz := coalesce(list_executions.since, '-infinity');
  end_time timestamptz := coalesce(list_executions.until, 'infinity');
  by_id boolean := list_executions.function_id is not null;
  by_name boolean := not by_id and list_executions.function_name is not null;
  -- Whether the caller may see all of that function: if not, its index would be read in vain for what others called.
  whole boolean := (by_id or by_name) and exists (
    select from public.functions as f
    where (f.id = list_executions.function_id or (by_name and f.name = list_executions.function_name))
      and ((f.owner_type = 'user' and f.owner = me) or (f.owner_type <> 'user' and admin))
  );
begin
  -- Where there are no rows, no policy is asked.
  perform hashi.check_session();
  if most is null or most not between 1 and 1000 then
    raise exception using errcode = '22023', message = format('most is %s, but must be a whole number from 1 to 1000', coalesce(most::text, 'null'));
  end if;
  return query execute (
    select
      $shown$select hashi.execution_document(
        e, e.source <> 'http' or (e.owner_type = 'user' and e.owner = $1) or (e.owner_type <> 'user' and $10)
      ) from ($shown$
      || string_agg(
        format(
          'select * from (select e.* from public.wasm_executions as e
          where %s and (e.started_at, e.id) < ($2, $3) and e.started_at >= $4 and e.started_at < $5
            and ($6 is null or e.status = $6) and ($7 is null or e.code = $7) and ($8 is null or e.caller = $8)
          order by e.started_at desc, e.id desc limit $9) as branch',
          branch.whose || case when by_name and not whole then ' and e.function_name is not distinct from $12' else '' end
        ),
        ' union all '
      )
      || ' order by started_at desc, id desc limit $9) as e'
    from unnest(
      case when whole then array[
        format(
          $branch$e.%s and (e.caller = $1 or (
            ((e.owner_type = 'user' and e.owner = $1) or (e.owner_type <> 'user' and $10))
            and exists (select from public.functions as f where f.id = e.function_id)
          ))$branch$,
          case when by_id then 'function_id = $11' else 'function_name = $12' end
        )
      ] when by_id then array['e.caller = $1 and e.function_id is not distinct from $11']
      else array[
        'e.caller = $1',
        $branch$e.owner_type = 'user' and e.owner = $1 and e.caller is distinct from $1
          and exists (select from public.functions as f where f.id = e.function_id)$branch$,
        $branch$e.owner_type = 'system' and $10 and ($1 is null or e.caller is distinct from $1)
          and exists (select from public.functions as f where f.id = e.function_id)$branch$,
        $branch$e.owner_type = 'admin' and $10 and ($1 is null or e.caller is distinct from $1)
          and exists (select from public.functions as f where f.id = e.function_id)$branch$
      ] end
    ) as branch (whose)
  ) using
    me, last_time, last_id, first_time, end_time, list_executions.status, list_executions.code, wanted, most, admin,
    list_executions.function_id, list_executions.function_name;
end
$$;
