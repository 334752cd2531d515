-- The bytes of modules and bundles, in a bucket that nobody reads without a policy:
--
--   staging/{user}/{any}            on its way in; its uploader's alone, who can store it and read it, once
--   modules/{sha256}/{function}     a module of that function; readable where the function is
--   bundles/{sha256}/{function}/…   what prepare made of it
--
-- Modules and bundles are written by the service role alone, which asked the access table and counted: so nobody stores what no row counts. A module
-- lies below its function and not below its hash alone, so who knows a hash has nothing by it. Every reader checks the hash.

insert into storage.buckets (id, name, public, file_size_limit)
values ('private_uploads', 'private_uploads', false, 52428800)
on conflict (id) do update set public = false, file_size_limit = excluded.file_size_limit;

-- The function that an object's name says it belongs to; null if it says none.
create function hashi.function_of_object(name text) returns uuid
language sql immutable as $$
  select case
    when name ~ '^modules/[0-9a-f]{64}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then split_part(name, '/', 3)::uuid
  end
$$;

-- Uploads that were begun and left are swept within the hour; until then a user has room for this many.
create function hashi.may_stage() returns boolean
language sql stable security definer set search_path = '' as $$
  select auth.uid() is not null and (
    select count(*) < 32 from storage.objects
    where bucket_id = 'private_uploads' and name like 'staging/' || auth.uid() || '/%'
  )
$$;

create policy "private_uploads: a token without a live session has nothing" on storage.objects
  as restrictive for all to authenticated
  using (bucket_id <> 'private_uploads' or (select hashi.session_is_live()))
  with check (bucket_id <> 'private_uploads' or (select hashi.session_is_live()));

create policy "private_uploads: everyone signed in stages uploads of their own" on storage.objects for insert to authenticated with check (
  bucket_id = 'private_uploads' and name ~ '^staging/[^/]+/[^/]+$' and split_part(name, '/', 2) = (select auth.uid())::text
  and (select hashi.may_stage())
);
create policy "private_uploads: everyone reads what they staged" on storage.objects for select to authenticated using (
  bucket_id = 'private_uploads' and name ~ '^staging/[^/]+/[^/]+$' and split_part(name, '/', 2) = (select auth.uid())::text
);

create policy "private_uploads: modules are read where their function is" on storage.objects for select to anon, authenticated using (
  bucket_id = 'private_uploads' and exists (select from public.functions as f where f.id = hashi.function_of_object(storage.objects.name))
);

-- The names that a sweep removes: what was staged `seconds` ago or earlier, what a function left that is gone, and what a function has of a hash without
-- a module of it, as after an upload for which there was no room. (A hash that no module at all uses is collected: collect_artifacts.)
create function public.left_objects(seconds integer) returns setof text
language sql stable security definer set search_path = '' as $$
  (
    select name from storage.objects
    where bucket_id = 'private_uploads' and name like 'staging/%' and updated_at <= now() - make_interval(secs => seconds)
    limit 500
  )
  union all
  (
    select name from storage.objects as o
    where bucket_id = 'private_uploads' and (name like 'modules/%' or name like 'bundles/%')
      and updated_at <= now() - make_interval(secs => seconds)
      and (
        not exists (select from public.functions as f where f.id = hashi.id_named(split_part(o.name, '/', 3)))
        or (
          exists (
            select from hashi.artifacts as a
            where a.sha256 = split_part(o.name, '/', 2) and a.state = 'stored' and a.touched_at <= now() - make_interval(secs => seconds)
          )
          and not exists (
            select from public.wasm_modules as m
            where m.function_id = hashi.id_named(split_part(o.name, '/', 3)) and m.sha256 = split_part(o.name, '/', 2)
          )
        )
      )
    limit 500
  )
$$;

-- The names under which the bytes of a hash and the bundles made of them lie, for each function that has them.
create function public.objects_of_hash(sha256 text) returns setof text
language sql stable security definer set search_path = '' as $$
  select name from storage.objects
  where bucket_id = 'private_uploads' and objects_of_hash.sha256 ~ '^[0-9a-f]{64}$'
    and (name like 'modules/' || objects_of_hash.sha256 || '/%' or name like 'bundles/' || objects_of_hash.sha256 || '/%')
$$;

revoke execute on function public.left_objects, public.objects_of_hash from public, anon, authenticated;
grant execute on function public.left_objects, public.objects_of_hash to service_role;
