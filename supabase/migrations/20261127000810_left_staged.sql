-- What was staged is asked for alone, so that a slow look at all bundles doesn't delay it: it counts against its user's next uploads (hashi.may_stage).

-- The names of what was staged `seconds` ago or earlier, which a sweep removes.
create function public.left_staged(seconds integer) returns setof text
language sql stable security definer set search_path = '' as $$
  select name from storage.objects
  where bucket_id = 'private_uploads' and name like 'staging/%' and updated_at <= now() - make_interval(secs => seconds)
  limit 500
$$;

revoke execute on function public.left_staged from public, anon, authenticated;
grant execute on function public.left_staged to service_role;

-- As before, but that what a deleted function left waits as well, counted from then: other isolates may still know it. What was staged is among them for
-- Workers that were deployed before this.
create or replace function public.left_objects(seconds integer) returns setof text
language sql stable security definer set search_path = '' as $$
  select * from public.left_staged(seconds)
  union all
  (
    select name from storage.objects as o
    where bucket_id = 'private_uploads' and (name like 'modules/%' or name like 'bundles/%')
      and updated_at <= now() - make_interval(secs => seconds)
      and (
        (
          not exists (select from public.functions as f where f.id = hashi.id_named(split_part(o.name, '/', 3)))
          and not exists (
            select from hashi.artifacts as a
            where a.sha256 = split_part(o.name, '/', 2) and a.touched_at > now() - make_interval(secs => seconds)
          )
        )
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
  )
$$;
