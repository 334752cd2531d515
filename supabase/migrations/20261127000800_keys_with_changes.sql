-- What a request under an idempotency key did, and what is answered to it from then on, are one transaction: what is kept after the change gets lost with a
-- client that leaves in between, and its next request is taken for another.

-- Whether a request of the caller came with this key before.
create function hashi.key_came(caller text, key text) returns boolean
language sql stable set search_path = '' as $$
  select exists (
    select from hashi.idempotency_keys as k
    where k.owner = coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000') and k.caller = key_came.caller and k.key = key_came.key
  )
$$;

-- Keeps what is answered to a request that came with a key, of which the caller's last 100 are kept; of one without a key, nothing.
create function hashi.keep_answer(caller text, key text, request text, answer json) returns void
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  mine uuid := coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000');
begin
  if keep_answer.key is null then
    return;
  end if;
  insert into hashi.idempotency_keys (owner, caller, key, request, function)
  values (mine, keep_answer.caller, keep_answer.key, hashi.request_kept(keep_answer.request), keep_answer.answer);
  -- As in create_function.
  delete from hashi.idempotency_keys as k where k.owner = mine and (k.caller, k.key) in (
    select o.caller, o.key from hashi.idempotency_keys as o
    where o.owner = mine
    order by (o.caller = keep_answer.caller and o.key = keep_answer.key) desc, o.created_at desc offset 100
  );
end
$$;

drop function public.add_module(uuid, jsonb, boolean, bigint, integer);

-- Adds a module whose bytes are stored, unless its user would have more than `most` bytes, the function isn't in the revision `expected`, or a request came
-- with the key before, and makes it the active one if `activate`. The same bytes again are the same module. Gives done, busy if the bytes were taken for
-- removal, kept if the key came before, the function as it is now, and the module; null for what isn't there. What is answered to the key is the function and
-- the module's version.
create function public.add_module(
  function_id uuid, module jsonb, activate boolean default true, most bigint default null, expected integer default null,
  caller text default '', key text default null, request text default ''
) returns json
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  f public.functions := hashi.changeable(add_module.function_id);
  given public.wasm_modules := jsonb_populate_record(null::public.wasm_modules, add_module.module);
  m public.wasm_modules;
begin
  if f.id is null then
    return json_build_object('done', false, 'function', null, 'module', null);
  end if;
  if add_module.key is not null then
    -- One of the caller's keys at a time, whatever function it is for.
    perform hashi.lock_quota(auth.uid());
    if hashi.key_came(add_module.caller, add_module.key) then
      return json_build_object('done', false, 'kept', true, 'function', hashi.function_document(f), 'module', null);
    end if;
  end if;
  if f.revision <> expected then
    return json_build_object('done', false, 'function', hashi.function_document(f), 'module', null);
  end if;
  if f.owner_type = 'user' then
    perform hashi.lock_quota(f.owner);
  end if;
  if not hashi.are_kept(given.sha256, f.id) then
    return json_build_object('done', false, 'busy', true, 'function', hashi.function_document(f), 'module', null);
  end if;
  update public.wasm_modules set kind = given.kind, prepared = coalesce(given.prepared, prepared)
  where function_id = f.id and sha256 = given.sha256
  returning * into m;
  if m.version is null then
    if f.owner_type = 'user' and given.size + hashi.bytes_of(f.owner) > least(most, (hashi.allowed()).bytes) then
      return json_build_object('done', false, 'function', hashi.function_document(f), 'module', null);
    end if;
    insert into public.wasm_modules (function_id, sha256, size, kind, prepared)
    values (f.id, given.sha256, given.size, given.kind, given.prepared)
    returning * into m;
  end if;
  if activate and f.active_version is distinct from m.version then
    update public.functions set active_version = m.version where id = f.id returning * into f;
  end if;
  perform hashi.keep_answer(add_module.caller, add_module.key, add_module.request, json_build_array(hashi.function_document(f), m.version));
  return json_build_object('done', true, 'function', hashi.function_document(f), 'module', hashi.module_document(m));
end
$$;

drop function public.activate_version(uuid, integer, integer);

-- Makes a version the one that calls run, unless the function isn't in the revision `expected`, or a request came with the key before. Gives done, kept if the
-- key came before, the function as it is now, and the module; null for what isn't there. What is answered to the key is the function.
create function public.activate_version(
  function_id uuid, version integer, expected integer, caller text default '', key text default null, request text default ''
) returns json
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
  if activate_version.key is not null then
    -- One of the caller's keys at a time, whatever function it is for.
    perform hashi.lock_quota(auth.uid());
    if hashi.key_came(activate_version.caller, activate_version.key) then
      return json_build_object('done', false, 'kept', true, 'function', hashi.function_document(f), 'module', null);
    end if;
  end if;
  select * into m from public.wasm_modules where function_id = f.id and version = activate_version.version;
  if m.version is not null and f.revision = expected then
    done := true;
    if f.active_version is distinct from m.version then
      update public.functions set active_version = m.version where id = f.id returning * into f;
    end if;
    perform hashi.keep_answer(activate_version.caller, activate_version.key, activate_version.request, hashi.function_document(f));
  end if;
  return json_build_object(
    'done', done, 'function', hashi.function_document(f),
    'module', case when m.version is not null then hashi.module_document(m) end
  );
end
$$;

revoke execute on function public.add_module, public.activate_version from public, anon, authenticated;
grant execute on function public.add_module, public.activate_version to authenticated, service_role;
