-- A module is added while its bytes are kept: not after a sweep took them for removal.

-- Whether the bytes of a hash are kept until the end of the transaction. Where no row knows of the hash, the policies and triggers ask for a user whether they
-- are stored; for the service role nobody else does.
create function hashi.are_kept(sha256 text, function_id uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  known text;
begin
  select a.state into known from hashi.artifacts as a where a.sha256 = are_kept.sha256 for no key update;
  if known is null and auth.role() = 'service_role' then
    return exists (
      select from storage.objects
      where bucket_id = 'private_uploads' and name = 'modules/' || are_kept.sha256 || '/' || are_kept.function_id
    );
  end if;
  return known is distinct from 'collecting';
end
$$;

-- Adds a module whose bytes are stored, unless its user would have more than `most` bytes or the function isn't in the revision `expected`, and makes it
-- the active one if `activate`. The same bytes again are the same module. Gives done, busy if the bytes were taken for removal, the function as it is now,
-- and the module; null for what isn't there.
create or replace function public.add_module(
  function_id uuid, module jsonb, activate boolean default true, most bigint default null, expected integer default null
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
  return json_build_object('done', true, 'function', hashi.function_document(f), 'module', hashi.module_document(m));
end
$$;

-- However it is added.
create or replace function hashi.module_kept() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into hashi.artifacts as a (sha256, state) values (new.sha256, 'stored')
  on conflict (sha256) do update set state = 'stored', touched_at = now(), used = false where a.state <> 'collecting';
  if not found then
    perform hashi.refuse('the same bytes are being removed at this moment; try again in a minute');
  end if;
  delete from hashi.left_modules where function_id = new.function_id and sha256 = new.sha256;
  return null;
end
$$;
