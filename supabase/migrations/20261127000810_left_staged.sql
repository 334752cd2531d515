-- What was staged is asked for by itself: it holds its user's next uploads up (hashi.may_stage), and has no part in how long it takes to look at all bundles.

-- The names of what was staged `seconds` ago or earlier, which a sweep removes.
create function public.left_staged(seconds integer) returns setof text
language sql stable security definer set search_path = '' as $$
  select name from storage.objects
  where bucket_id = 'private_uploads' and name like 'staging/%' and updated_at <= now() - make_interval(secs => seconds)
  limit 500
$$;

revoke execute on function public.left_staged from public, anon, authenticated;
grant execute on function public.left_staged to service_role;

-- The other names that a sweep removes: what a function left that is gone, and what a function has of a hash that no module of it names: as after an upload for
-- which there was no room, or of bundles those that were there before. (A hash that no module at all uses is collected: collect_artifacts.)
create or replace function public.left_objects(seconds integer) returns setof text
language sql stable security definer set search_path = '' as $$
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
            and (o.name like 'modules/%' or m.prepared ->> 'bundle' = split_part(o.name, '/', 4))
        )
      )
    )
  limit 500
$$;
