-- What a user began to store counts as theirs until a module uses it or it is collected; and a module is added only to the revision that was asked about,
-- if one was.

alter table hashi.artifacts add column size bigint not null default 0;

-- The part of begin_artifact that writes where no client may: for a function that its caller may change.
create function hashi.note_begun(f public.functions, sha256 text, size bigint, most bigint) returns text
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  whose uuid := case f.owner_type when 'user' then f.owner else auth.uid() end;
begin
  perform hashi.lock_quota(whose);
  if auth.role() is distinct from 'service_role'
    and (select count(*) from hashi.artifacts where begun_by = whose and state <> 'stored') >= 256
    and not exists (select from hashi.artifacts as a where a.sha256 = note_begun.sha256) then
    raise exception using errcode = 'PT403', message = 'you have begun as many uploads as you may',
      hint = 'Those that came to nothing are forgotten within the hour.';
  end if;
  if f.owner_type = 'user'
    and not exists (select from public.wasm_modules as m where m.function_id = f.id and m.sha256 = note_begun.sha256)
    and note_begun.size + hashi.bytes_of(f.owner) + (
      select coalesce(sum(a.size), 0) from hashi.artifacts as a
      where a.begun_by = f.owner and a.state = 'pending' and a.sha256 <> note_begun.sha256
    ) > least(note_begun.most, (hashi.allowed()).bytes) then
    return 'full';
  end if;
  insert into hashi.artifacts as a (sha256, state, begun_by, size) values (note_begun.sha256, 'pending', whose, note_begun.size)
  on conflict (sha256) do update set touched_at = now(), begun_by = excluded.begun_by, size = excluded.size where a.state <> 'collecting';
  return case when found then 'begun' else 'busy' end;
end
$$;

-- Notes that `size` bytes of this hash are about to be stored for a function, unless its user would have more than `most` bytes with their modules and
-- what they began. Gives 'begun', 'full', 'busy' while the same bytes are being removed, or 'gone' if there is no such function. What came to nothing is
-- collected within the hour; until then a user has room for 256 of them.
drop function public.begin_artifact(text);
create function public.begin_artifact(function_id uuid, sha256 text, size bigint, most bigint default null) returns json
language plpgsql set search_path = '' as $$
declare
  f public.functions;
begin
  -- Where there are no rows, no policy is asked.
  perform hashi.check_session();
  if size is null or size < 0 then
    raise exception using errcode = '22023', message = format('size is %s, but must be a whole number of bytes', coalesce(size::text, 'null'));
  end if;
  f := hashi.changeable(begin_artifact.function_id);
  if f.id is null then
    return to_json('gone'::text);
  end if;
  return to_json(hashi.note_begun(f, begin_artifact.sha256, begin_artifact.size, begin_artifact.most));
end
$$;

-- Adds a module whose bytes are stored, unless its user would have more than `most` bytes or the function isn't in the revision `expected`, and makes it
-- the active one if `activate`. The same bytes again are the same module. Gives done, the function as it is now, and the module; null for what isn't there.
drop function public.add_module(uuid, jsonb, boolean, bigint);
create function public.add_module(
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
  update public.wasm_modules set kind = given.kind, prepared = coalesce(given.prepared, prepared)
  where function_id = f.id and sha256 = given.sha256
  returning * into m;
  if m.version is null then
    if f.owner_type = 'user' then
      perform hashi.lock_quota(f.owner);
      if given.size + hashi.bytes_of(f.owner) > least(most, (hashi.allowed()).bytes) then
        return json_build_object('done', false, 'function', hashi.function_document(f), 'module', null);
      end if;
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

revoke execute on function public.begin_artifact, public.add_module from public, anon, authenticated;
grant execute on function public.begin_artifact, public.add_module to authenticated, service_role;
