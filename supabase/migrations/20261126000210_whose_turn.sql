-- The clock calls what is due in its owners' turns, so it has to know them.

create or replace function public.scheduled_functions() returns setof json
language sql stable set search_path = '' as $$
  select json_build_object('id', f.id, 'owner', f.owner, 'cron', f.cron, 'after', hashi.shown(greatest(f.updated_at, t.minute)))
  from public.functions as f left join hashi.cron_ticks as t on t.function_id = f.id
  where f.cron is not null and f.active_version is not null
$$;
