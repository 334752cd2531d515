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

-- public.left_objects still has them among its own, for Workers that were deployed before this.
