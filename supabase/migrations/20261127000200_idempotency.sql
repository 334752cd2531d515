-- An idempotency key holds no request but its hash, and of a user's keys the last 100 are kept (KEYS_PER_CALLER in src/functions/store/mod.rs): whoever
-- makes functions and deletes them again would fill the database with what they sent.

-- What is kept of a request: the Worker sends a SHA-256 in hexadecimal; of anything else, as it was kept before, that is made here.
create function hashi.request_kept(request text) returns text
language sql immutable set search_path = '' as $$
  select case when request ~ '^[0-9a-f]{64}$' then request else encode(sha256(convert_to(request, 'UTF8')), 'hex') end
$$;

-- First, so that nothing else gets in.
alter table hashi.idempotency_keys add constraint idempotency_keys_request_is_short check (octet_length(request) <= 64) not valid;
update hashi.idempotency_keys set request = hashi.request_kept(request) where request <> hashi.request_kept(request);
alter table hashi.idempotency_keys validate constraint idempotency_keys_request_is_short;

grant delete on hashi.idempotency_keys to authenticated;
create policy "Everyone forgets their own keys" on hashi.idempotency_keys for delete to authenticated using (owner = (select auth.uid()));

-- Makes a function, unless its user has `most` of them. With a key that came before: what it made then.
-- Gives made (the new function or null), kept ({request, function} or null, the request as hashi.request_kept has it) and taken (whether the name is
-- another's).
create or replace function public.create_function(
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
    values (mine, create_function.caller, create_function.key, hashi.request_kept(create_function.request), hashi.function_document(made));
    -- All of a user's, whatever they call themselves; the key of this request is the last to go.
    delete from hashi.idempotency_keys as k where k.owner = mine and (k.caller, k.key) in (
      select o.caller, o.key from hashi.idempotency_keys as o
      where o.owner = mine
      order by (o.caller = create_function.caller and o.key = create_function.key) desc, o.created_at desc offset 100
    );
  end if;
  return json_build_object('made', hashi.function_document(made), 'kept', null, 'taken', false);
end
$$;

-- Takes in idempotency keys, whose callers are written user:ID, or service.
create or replace function public.import_keys(keys json) returns void
language sql set search_path = '' as $$
  insert into hashi.idempotency_keys (owner, caller, key, request, function, created_at)
  select
    coalesce(hashi.id_named(substr(k.caller, 6)), '00000000-0000-0000-0000-000000000000'), k.caller, k.key, hashi.request_kept(k.request), k.function,
    k.created_at
  from json_to_recordset(keys) as k (caller text, key text, request text, function json, created_at timestamptz)
  on conflict do nothing
$$;
