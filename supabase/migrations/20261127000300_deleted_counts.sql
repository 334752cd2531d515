-- The bytes of a module that is gone count as its owner's until they are collected, unless another module uses them: whoever uploads and deletes in turn
-- would otherwise fill the bucket between two sweeps.

-- Whether a module used it. What was used and is left doesn't count among the uploads that a user began and that came to nothing: a function may have had
-- more versions than that.
alter table hashi.artifacts add column used boolean not null default false;

-- Modules that are gone and whose object may still be there. The bucket keeps bytes once for each function, so whoever uploads the same bytes again and
-- again to functions that they delete has them as often; a row of hashi.artifacts counts them once.
create table hashi.left_modules (
  function_id uuid not null,
  sha256 text not null,
  owner uuid not null,
  size bigint not null,
  primary key (function_id, sha256)
);
create index left_modules_owner on hashi.left_modules (owner, sha256);
alter table hashi.left_modules enable row level security;
grant all on hashi.left_modules to service_role;

-- The bytes that a user left, beyond those that count otherwise: of each hash all objects but one. Those of that one count by their row of hashi.artifacts,
-- or not at all while another module uses them, as where bytes are kept once.
create function hashi.bytes_left_by(owner uuid) returns bigint
language sql stable security definer set search_path = '' as $$
  select coalesce(sum(l.bytes), 0)::bigint from (
    select sum(size) - max(size) as bytes from hashi.left_modules as m
    where m.owner = bytes_left_by.owner and exists (
      select from storage.objects
      where bucket_id = 'private_uploads' and name = 'modules/' || m.sha256 || '/' || m.function_id
    )
    group by m.sha256
  ) as l
$$;

-- Notes whose the modules are that go with a function: when they are gone, the function is as well.
create function hashi.function_deleted() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if old.owner_type = 'user' then
    insert into hashi.left_modules (function_id, sha256, owner, size)
    select m.function_id, m.sha256, old.owner, m.size from public.wasm_modules as m where m.function_id = old.id
    on conflict do nothing;
  end if;
  update hashi.artifacts set begun_by = case old.owner_type when 'user' then old.owner end
  where state = 'stored' and sha256 in (select m.sha256 from public.wasm_modules as m where m.function_id = old.id);
  return old;
end
$$;
create trigger functions_deleted before delete on public.functions for each row execute function hashi.function_deleted();

create or replace function hashi.module_gone() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  f public.functions;
begin
  update hashi.artifacts set touched_at = now() where sha256 = old.sha256;
  select * into f from public.functions where id = old.function_id;
  if f.owner_type = 'user' then
    insert into hashi.left_modules (function_id, sha256, owner, size) values (f.id, old.sha256, f.owner, old.size) on conflict do nothing;
  end if;
  update hashi.artifacts as a set
    state = 'pending', size = old.size, used = true,
    begun_by = case when f.id is null then a.begun_by when f.owner_type = 'user' then f.owner end
  where a.sha256 = old.sha256 and not exists (select from public.wasm_modules as m where m.sha256 = old.sha256);
  return null;
end
$$;

create or replace function hashi.module_kept() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into hashi.artifacts (sha256, state) values (new.sha256, 'stored')
  on conflict (sha256) do update set state = 'stored', touched_at = now(), used = false;
  delete from hashi.left_modules where function_id = new.function_id and sha256 = new.sha256;
  return null;
end
$$;

create or replace function hashi.note_begun(f public.functions, sha256 text, size bigint, most bigint) returns text
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  whose uuid := case f.owner_type when 'user' then f.owner else auth.uid() end;
begin
  perform hashi.lock_quota(whose);
  if auth.role() is distinct from 'service_role'
    and (select count(*) from hashi.artifacts where begun_by = whose and state <> 'stored' and not used) >= 256
    and not exists (select from hashi.artifacts as a where a.sha256 = note_begun.sha256) then
    raise exception using errcode = 'PT403', message = 'you have begun as many uploads as you may',
      hint = 'Those that came to nothing are forgotten within the hour.';
  end if;
  if f.owner_type = 'user'
    and not exists (select from public.wasm_modules as m where m.function_id = f.id and m.sha256 = note_begun.sha256)
    and note_begun.size + hashi.bytes_of(f.owner) + hashi.bytes_left_by(f.owner) + (
      select coalesce(sum(a.size), 0) from hashi.artifacts as a
      where a.begun_by = f.owner and a.state = 'pending' and a.sha256 <> note_begun.sha256
    ) > least(note_begun.most, (hashi.allowed()).bytes) then
    return 'full';
  end if;
  insert into hashi.artifacts as a (sha256, state, begun_by, size) values (note_begun.sha256, 'pending', whose, note_begun.size)
  -- What was used and is left stays its owner's, with the size that it has: who begins it again is free to say any.
  on conflict (sha256) do update set
    touched_at = now(),
    begun_by = case when a.used then a.begun_by else excluded.begun_by end,
    size = case when a.used then a.size else excluded.size end
  where a.state <> 'collecting';
  return case when found then 'begun' else 'busy' end;
end
$$;

-- Takes the hashes that no module uses and nobody began to store in the last `seconds`, and those that a sweep took longer ago and didn't finish; at most
-- 200. Forgets of modules that are gone what a sweep removed.
create or replace function public.collect_artifacts(seconds integer) returns setof text
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
  delete from hashi.left_modules as l where not exists (
    select from storage.objects where bucket_id = 'private_uploads' and name = 'modules/' || l.sha256 || '/' || l.function_id
  );
  return query
  update hashi.artifacts as a set state = 'collecting', touched_at = now()
  where a.sha256 in (
    select b.sha256 from hashi.artifacts as b
    where b.touched_at <= now() - make_interval(secs => seconds)
      and (b.state = 'collecting' or not exists (select from public.wasm_modules as m where m.sha256 = b.sha256))
    order by b.touched_at
    limit 200
    for update skip locked
  )
  returning a.sha256;
end
$$;
