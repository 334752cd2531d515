-- The platform's API: one function for each change that has several steps, so that it happens whole or not at all, and for each list whose plan
-- matters. They run as their caller, so row security decides; what they give is what the Worker's API shows.

-- Without a search_path of their own, so that they become part of the statement that uses them: planned once, and not once for each row.

create function hashi.function_document(f public.functions) returns json
language sql stable as $$
  select json_build_object(
    'id', f.id, 'name', f.name, 'owner_type', f.owner_type, 'owner', f.owner, 'entrypoint', f.entrypoint, 'runtime', f.runtime,
    'memory_pages', f.memory_pages, 'max_execution_ms', f.max_execution_ms, 'max_fuel', f.max_fuel, 'visibility', f.visibility,
    'trigger', f."trigger", 'cron', f.cron, 'permissions', f.permissions, 'active_version', f.active_version, 'revision', f.revision,
    'created_at', hashi.shown(f.created_at), 'updated_at', hashi.shown(f.updated_at)
  )
$$;

create function hashi.module_document(m public.wasm_modules) returns json
language sql stable as $$
  select json_build_object(
    'version', m.version, 'sha256', m.sha256, 'size', m.size, 'kind', m.kind, 'prepared', m.prepared, 'created_at', hashi.shown(m.created_at)
  )
$$;

-- An execution's text goes to the client as it is, so it has no spaces, which json_build_object would put in.
create type hashi.execution_shown as (
  id uuid, function_id uuid, function_name text, version integer, revision integer, caller uuid, source text, status text, code text,
  started_at text, duration_ms double precision, fuel bigint, memory_bytes bigint, cache_hit boolean, warm boolean, http_status integer, logs json
);

create function hashi.execution_document(e public.wasm_executions) returns json
language sql stable as $$
  select row_to_json(row(
    e.id, e.function_id, e.function_name, e.version, e.revision, e.caller, e.source, e.status, e.code, hashi.shown(e.started_at),
    e.duration_ms, e.fuel, e.memory_bytes, e.cache_hit, e.warm, e.http_status, e.logs
  )::hashi.execution_shown)
$$;

-- Locks a function that the caller may change. Null if there is none that they may see; an error if they see it and may not.
create function hashi.changeable(wanted uuid) returns public.functions
language plpgsql set search_path = '' as $$
declare
  f public.functions;
begin
  select * into f from public.functions where id = wanted for no key update;
  if f.id is null and exists (select from public.functions where id = wanted) then
    perform hashi.refuse('only the function''s owner, or an admin for those of the system and the admins, may do this');
  end if;
  return f;
end
$$;

-- Makes a function, unless its user has `most` of them. With a key that came before: what it made then.
-- Gives made (the new function or null), kept ({request, function} or null) and taken (whether the name is another's).
create function public.create_function(
  function jsonb, most integer default null, caller text default '', key text default null, request text default ''
) returns json
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  mine uuid := coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000');
  given public.functions := jsonb_populate_record(
    null::public.functions, create_function.function - array['owner', 'active_version', 'revision', 'created_at', 'updated_at']
  );
  made public.functions;
  kept json;
  wanted_type public.owner_type := coalesce(given.owner_type, 'user');
begin
  perform hashi.lock_quota(auth.uid());
  if create_function.key is not null then
    select json_build_object('request', k.request, 'function', k.function) into kept
    from hashi.idempotency_keys as k
    where k.owner = mine and k.caller = create_function.caller and k.key = create_function.key;
    if kept is not null then
      return json_build_object('made', null, 'kept', kept, 'taken', false);
    end if;
  end if;
  if exists (select from public.functions where name = given.name) then
    return json_build_object('made', null, 'kept', null, 'taken', true);
  end if;
  if wanted_type = 'user' and (
    select count(*) from public.functions where owner = auth.uid() and owner_type = 'user'
  ) >= least(create_function.most, (hashi.allowed()).functions) then
    return json_build_object('made', null, 'kept', null, 'taken', false);
  end if;
  begin
    insert into public.functions (
      id, name, owner_type, owner, entrypoint, runtime, memory_pages, max_execution_ms, max_fuel, visibility, "trigger", cron, permissions
    ) values (
      coalesce(given.id, gen_random_uuid()), given.name, wanted_type, auth.uid(), coalesce(given.entrypoint, '_start'),
      coalesce(given.runtime, 'wasm'), coalesce(given.memory_pages, 256), coalesce(given.max_execution_ms, 5000),
      coalesce(given.max_fuel, 1000000000), coalesce(given.visibility, 'private'), coalesce(given."trigger", 'none'), given.cron,
      coalesce(given.permissions, '{}')
    ) returning * into made;
  exception when unique_violation then
    -- Somebody else's, which the caller may not see, or one of this very moment.
    return json_build_object('made', null, 'kept', null, 'taken', true);
  end;
  if create_function.key is not null then
    insert into hashi.idempotency_keys (owner, caller, key, request, function)
    values (mine, create_function.caller, create_function.key, create_function.request, hashi.function_document(made));
  end if;
  return json_build_object('made', hashi.function_document(made), 'kept', null, 'taken', false);
end
$$;

create function hashi.allowed() returns hashi.quota
language sql stable security definer set search_path = '' as $$
  select * from hashi.quota
$$;

-- The function of this id or name, if the caller may read it.
create function public.find_function(id uuid default null, name text default null) returns setof json
language sql stable set search_path = '' as $$
  select hashi.function_document(f) from public.functions as f where f.id = find_function.id
  union all
  select hashi.function_document(f) from public.functions as f where find_function.id is null and f.name = find_function.name
$$;

-- The function of this id or name and its active module, as a pair: what a call needs. For the executor, which asks as the service role and decides
-- by itself: a function whose trigger is open is called by those who may not read it.
create function public.resolve_function(id uuid default null, name text default null) returns setof json
language sql stable set search_path = '' as $$
  select json_build_array(hashi.function_document(f), case when m.version is not null then hashi.module_document(m) end)
  from public.functions as f left join public.wasm_modules as m on m.function_id = f.id and m.version = f.active_version
  where f.id = resolve_function.id or (resolve_function.id is null and f.name = resolve_function.name)
$$;

-- The functions that the caller may read, by name. Each kind is a branch that an index gives in order, so that a page costs what a page holds, however
-- many functions of others there are. Without jit: compiling takes longer than a page, and is chosen for what all pages together would cost.
create function public.list_functions(
  owner_type public.owner_type default null, owner text default null, search text default null, after text default '', most integer default 50
) returns setof json
language plpgsql stable set search_path = '' set jit = off as $$
#variable_conflict use_column
declare
  me uuid := auth.uid();
  admin boolean := hashi.is_admin() or coalesce(auth.role() = 'service_role', false);
  wanted uuid := hashi.id_named(list_functions.owner);
  all_of_user boolean := list_functions.owner is not null;
begin
  -- Where there are no rows, no policy is asked.
  perform hashi.check_session();
  if most is null or most not between 1 and 1000 then
    raise exception using errcode = '22023', message = format('most is %s, but must be a whole number from 1 to 1000', coalesce(most::text, 'null'));
  end if;
  return query execute (
    select
      'select hashi.function_document(f) from ('
      || string_agg(
        format(
          'select * from (select f.* from public.functions as f
          where %s and f.name > $2 and ($3 is null or position($3 in f.name) > 0)
          order by f.name limit $4) as branch',
          branch.whose
        ),
        ' union all '
      )
      || ' order by name limit $4) as f'
    from (values
      ('user', $branch$f.owner_type = 'user' and f.owner = coalesce($5, $1)$branch$),
      ('user', $branch$f.owner_type = 'user' and f.visibility = 'public' and not $6 and ($1 is null or f.owner <> $1)$branch$),
      ('system', $branch$f.owner_type = 'system' and ($1 is not null or $7) and (not $6 or f.owner = $5)$branch$),
      ('admin', $branch$f.owner_type = 'admin' and $7 and (not $6 or f.owner = $5)$branch$)
    ) as branch (of_type, whose)
    where list_functions.owner_type is null or list_functions.owner_type::text = branch.of_type
  ) using me, list_functions.after, list_functions.search, most, wanted, all_of_user, admin;
end
$$;

-- Changes the settings of a function that is in the revision `expected`. Gives done, the function as it is now, and other (whether the name is another's).
create function public.update_function(function jsonb, expected integer) returns json
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  settings jsonb := update_function.function - array['owner', 'owner_type', 'active_version', 'revision', 'created_at', 'updated_at'];
  f public.functions := hashi.changeable((settings ->> 'id')::uuid);
  given public.functions;
begin
  if f.id is null then
    return json_build_object('done', false, 'function', null, 'other', false);
  end if;
  if f.revision <> update_function.expected then
    return json_build_object('done', false, 'function', hashi.function_document(f), 'other', false);
  end if;
  begin
    -- A setting that is left out stays; cron is taken away by its null.
    given := jsonb_populate_record(f, settings);
    update public.functions set
      name = given.name, entrypoint = given.entrypoint, memory_pages = given.memory_pages, max_execution_ms = given.max_execution_ms,
      max_fuel = given.max_fuel, visibility = given.visibility, "trigger" = given."trigger", cron = given.cron, permissions = given.permissions
    where id = f.id
    returning * into f;
  exception when unique_violation then
    return json_build_object('done', false, 'function', hashi.function_document(f), 'other', true);
  end;
  return json_build_object('done', true, 'function', hashi.function_document(f), 'other', false);
end
$$;

-- Deletes a function that is in the revision `expected`, with its modules. Gives done, and there (whether it was there).
create function public.delete_function(function_id uuid, expected integer) returns json
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  f public.functions := hashi.changeable(delete_function.function_id);
begin
  if f.id is null or f.revision <> expected then
    return json_build_object('done', false, 'there', f.id is not null);
  end if;
  delete from public.functions where id = f.id;
  return json_build_object('done', true, 'there', true);
end
$$;

-- Notes that bytes of this hash are about to be stored; false while they are being removed. What came to nothing is collected within the hour; until
-- then a user has room for 256 of them.
create function public.begin_artifact(sha256 text) returns boolean
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
begin
  if auth.role() is distinct from 'service_role' then
    if auth.uid() is null or not hashi.check_session() then
      perform hashi.refuse('only who is signed in may upload');
    end if;
    perform hashi.lock_quota(auth.uid());
    if (select count(*) from hashi.artifacts where begun_by = auth.uid() and state <> 'stored') >= 256
      and not exists (select from hashi.artifacts as a where a.sha256 = begin_artifact.sha256) then
      raise exception using errcode = 'PT403', message = 'you have begun as many uploads as you may',
        hint = 'Those that came to nothing are forgotten within the hour.';
    end if;
  end if;
  insert into hashi.artifacts as a (sha256, state, begun_by) values (begin_artifact.sha256, 'pending', auth.uid())
  on conflict (sha256) do update set touched_at = now() where a.state <> 'collecting';
  return found;
end
$$;

-- Adds a module whose bytes are stored, unless its user would have more than `most` bytes, and makes it the active one if `activate`. The same bytes
-- again are the same module. Gives the function as it is now and the module; null for what isn't there.
create function public.add_module(function_id uuid, module jsonb, activate boolean default true, most bigint default null) returns json
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  f public.functions := hashi.changeable(add_module.function_id);
  given public.wasm_modules := jsonb_populate_record(null::public.wasm_modules, add_module.module);
  m public.wasm_modules;
begin
  if f.id is null then
    return json_build_object('function', null, 'module', null);
  end if;
  update public.wasm_modules set kind = given.kind, prepared = coalesce(given.prepared, prepared)
  where function_id = f.id and sha256 = given.sha256
  returning * into m;
  if m.version is null then
    if f.owner_type = 'user' then
      perform hashi.lock_quota(f.owner);
      if given.size + hashi.bytes_of(f.owner) > least(most, (hashi.allowed()).bytes) then
        return json_build_object('function', hashi.function_document(f), 'module', null);
      end if;
    end if;
    insert into public.wasm_modules (function_id, sha256, size, kind, prepared)
    values (f.id, given.sha256, given.size, given.kind, given.prepared)
    returning * into m;
  end if;
  if activate and f.active_version is distinct from m.version then
    update public.functions set active_version = m.version where id = f.id returning * into f;
  end if;
  return json_build_object('function', hashi.function_document(f), 'module', hashi.module_document(m));
end
$$;

-- The module of this version, if the caller may read its function.
create function public.find_module(function_id uuid, version integer) returns setof json
language sql stable set search_path = '' as $$
  select hashi.module_document(m) from public.wasm_modules as m
  where m.function_id = find_module.function_id and m.version = find_module.version
$$;

-- A function's modules, the newest first, those before the version `before`.
create function public.list_modules(function_id uuid, before integer default null, most integer default 50) returns setof json
language sql stable set search_path = '' as $$
  select hashi.module_document(m) from public.wasm_modules as m
  where m.function_id = list_modules.function_id and (list_modules.before is null or m.version < list_modules.before)
  order by m.version desc limit least(list_modules.most, 1000)
$$;

-- Makes a version the one that calls run, of a function that is in the revision `expected`. Gives done, the function as it is now, and the module; null
-- for what isn't there.
create function public.activate_version(function_id uuid, version integer, expected integer) returns json
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  f public.functions := hashi.changeable(activate_version.function_id);
  m public.wasm_modules;
  done boolean := false;
begin
  if f.id is null then
    return json_build_object('done', false, 'function', null, 'module', null);
  end if;
  select * into m from public.wasm_modules where function_id = f.id and version = activate_version.version;
  if m.version is not null and f.revision = expected then
    done := true;
    if f.active_version is distinct from m.version then
      update public.functions set active_version = m.version where id = f.id returning * into f;
    end if;
  end if;
  return json_build_object(
    'done', done, 'function', hashi.function_document(f),
    'module', case when m.version is not null then hashi.module_document(m) end
  );
end
$$;

-- For the sweep, which has no caller: only the service role.

-- Takes the hashes that no module uses and nobody began to store in the last `seconds`; gives them with those that were taken before: at most 500.
create function public.collect_artifacts(seconds integer) returns setof text
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
  update hashi.artifacts as a set state = 'collecting'
  where a.state <> 'collecting' and a.touched_at <= now() - make_interval(secs => seconds)
    and not exists (select from public.wasm_modules as m where m.sha256 = a.sha256);
  return query select sha256 from hashi.artifacts where state = 'collecting' order by touched_at limit 500;
end
$$;

-- Notes that the bytes of a taken hash are removed.
create function public.collected_artifact(sha256 text) returns void
language sql set search_path = '' as $$
  delete from hashi.artifacts as a where a.sha256 = collected_artifact.sha256 and a.state = 'collecting'
$$;

-- Forgets the idempotency keys of `seconds` ago or earlier.
create function public.forget_keys(seconds integer) returns void
language sql set search_path = '' as $$
  delete from hashi.idempotency_keys where created_at <= now() - make_interval(secs => seconds)
$$;

create function hashi.record(executions json) returns void
language sql set search_path = '' as $$
  insert into public.wasm_executions (
    id, function_id, function_name, version, revision, caller, source, status, code, started_at, duration_ms, fuel, memory_bytes, cache_hit, warm,
    http_status, logs
  )
  select
    e.id, e.function_id, e.function_name, e.version, e.revision, hashi.id_named(e.caller), e.source, e.status, e.code, e.started_at, e.duration_ms,
    coalesce(e.fuel, 0), coalesce(e.memory_bytes, 0), coalesce(e.cache_hit, false), coalesce(e.warm, false), e.http_status, coalesce(e.logs, '[]')
  -- A caller that is no UUID is another issuer's: it must not spoil the batch.
  from json_to_recordset(executions) as e (
    id uuid, function_id uuid, function_name text, version integer, revision integer, caller text, source text, status text, code text,
    started_at timestamptz, duration_ms double precision, fuel bigint, memory_bytes bigint, cache_hit boolean, warm boolean, http_status integer,
    logs json
  )
  on conflict (id) do nothing
$$;

-- Records what ran; what is recorded already stays as it is, so a repeated batch does no harm. What the table refuses is left out: it would be refused
-- again with every repetition, and nothing after it would ever be recorded.
create function public.record_executions(executions json) returns void
language plpgsql set search_path = '' as $$
declare
  execution json;
begin
  perform hashi.record(record_executions.executions);
exception when integrity_constraint_violation or data_exception then
  for execution in select json_array_elements(record_executions.executions) loop
    begin
      perform hashi.record(json_build_array(execution));
    exception when integrity_constraint_violation or data_exception then
      raise warning 'the execution % is refused, and left out: %', execution -> 'id', sqlerrm;
    end;
  end loop;
end
$$;

-- Forgets what ran `days` days ago or earlier, at most `most` rows; gives their number.
create function public.forget_executions(days integer, most integer default 1000) returns integer
language plpgsql set search_path = '' as $$
declare
  count integer;
begin
  delete from public.wasm_executions where id in (
    select id from public.wasm_executions where started_at <= now() - make_interval(days => days) order by started_at limit most
  );
  get diagnostics count = row_count;
  return count;
end
$$;

-- What ran, of what the caller may see, the latest first; the cursor is the last row of the page before. The service role sees what admins see of
-- functions. Branches as in list_functions.
create function public.list_executions(
  function_id uuid default null, function_name text default null, status text default null, code text default null, caller text default null,
  since timestamptz default null, until timestamptz default null, after_time timestamptz default null, after_id uuid default null,
  most integer default 50
) returns setof json
language plpgsql stable set search_path = '' set jit = off as $$
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
      'select hashi.execution_document(e) from ('
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

-- For the clock, which has no caller either.

-- Every function that has a schedule and a module to run, with the time after which it is due.
create function public.scheduled_functions() returns setof json
language sql stable set search_path = '' as $$
  select json_build_object('id', f.id, 'cron', f.cron, 'after', hashi.shown(greatest(f.updated_at, t.minute)))
  from public.functions as f left join hashi.cron_ticks as t on t.function_id = f.id
  where f.cron is not null and f.active_version is not null
$$;

-- Claims minutes in which functions are due: those functions whose claim was the first, or for a later minute than any before.
create function public.claim_ticks(claims jsonb) returns setof json
language sql set search_path = '' as $$
  with claimed as (
    insert into hashi.cron_ticks as t (function_id, minute)
    select f.id, max(c.minute)
    from jsonb_to_recordset(claims) as c (id uuid, minute timestamptz) join public.functions as f on f.id = c.id
    group by f.id
    on conflict (function_id) do update set minute = excluded.minute where excluded.minute > t.minute
    returning function_id
  )
  select hashi.function_document(f) from claimed join public.functions as f on f.id = claimed.function_id
$$;

-- For a deployment that moves here (npm run migrate).

-- Takes in a function with its modules as they are elsewhere, whole or not at all, in the place of an earlier revision of it; false if it is here already.
-- The bytes have to be here before.
create function public.import_function(function json, modules json) returns boolean
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  given public.functions := json_populate_record(null::public.functions, import_function.function);
begin
  if exists (select from public.functions where id = given.id and revision = given.revision and updated_at = given.updated_at)
    and (select count(*) from public.wasm_modules where function_id = given.id) = json_array_length(import_function.modules) then
    return false;
  end if;
  set constraints public.functions_active_version_exists deferred;
  delete from public.functions where id = given.id;
  insert into public.functions select given.*;
  insert into public.wasm_modules (function_id, version, sha256, size, kind, prepared, created_at, updated_at)
  select given.id, m.version, m.sha256, m.size, m.kind, m.prepared, m.created_at, m.created_at
  from json_populate_recordset(null::public.wasm_modules, import_function.modules) as m
  order by m.version;
  return true;
end
$$;

-- Takes in idempotency keys, whose callers are written user:ID, or service.
create function public.import_keys(keys json) returns void
language sql set search_path = '' as $$
  insert into hashi.idempotency_keys (owner, caller, key, request, function, created_at)
  select coalesce(hashi.id_named(substr(k.caller, 6)), '00000000-0000-0000-0000-000000000000'), k.caller, k.key, k.request, k.function, k.created_at
  from json_to_recordset(keys) as k (caller text, key text, request text, function json, created_at timestamptz)
  on conflict do nothing
$$;

-- How much there is, for a move to be checked.
create function public.count_platform() returns json
language sql stable set search_path = '' as $$
  select json_build_object(
    'functions', (select count(*) from public.functions), 'modules', (select count(*) from public.wasm_modules),
    'executions', (select count(*) from public.wasm_executions)
  )
$$;

-- By default everyone may call what is new in public; here nobody may but who is named.
revoke execute on function
  public.create_function, public.find_function, public.list_functions, public.update_function, public.delete_function, public.begin_artifact,
  public.add_module, public.find_module, public.list_modules, public.activate_version, public.collect_artifacts, public.collected_artifact,
  public.forget_keys, public.record_executions, public.forget_executions, public.list_executions, public.scheduled_functions,
  public.claim_ticks, public.resolve_function, public.import_function, public.import_keys, public.count_platform
  from public, anon, authenticated;
grant execute on function public.find_function, public.list_functions, public.find_module, public.list_modules to anon;
grant execute on function
  public.create_function, public.find_function, public.list_functions, public.update_function, public.delete_function, public.begin_artifact,
  public.add_module, public.find_module, public.list_modules, public.activate_version, public.list_executions
  to authenticated;
grant execute on function
  public.create_function, public.find_function, public.list_functions, public.update_function, public.delete_function, public.begin_artifact,
  public.add_module, public.find_module, public.list_modules, public.activate_version, public.collect_artifacts, public.collected_artifact,
  public.forget_keys, public.record_executions, public.forget_executions, public.list_executions, public.scheduled_functions,
  public.claim_ticks, public.resolve_function, public.import_function, public.import_keys, public.count_platform
  to service_role;
