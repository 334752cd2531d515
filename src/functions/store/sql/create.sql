insert into functions
select
  f ->> 'id', f ->> 'name', f ->> 'owner_type', f ->> 'owner', f ->> 'entrypoint', f ->> 'runtime', f ->> 'memory_pages',
  f ->> 'max_execution_ms', f ->> 'max_fuel', f ->> 'visibility', f ->> 'trigger', f ->> 'cron', f -> 'permissions', null, 1,
  strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
from (select ?1 -> 'function' as f)
where
  not exists (select 1 from idempotency_keys where caller = ?1 ->> 'caller' and key = ?1 ->> 'key')
  and (
    f ->> 'owner_type' <> 'user'
    or (select count(*) from functions where owner = f ->> 'owner' and owner_type = 'user') < ?1 ->> 'most'
  )
on conflict do nothing;
insert into idempotency_keys
select ?1 ->> 'caller', ?1 ->> 'key', ?1 ->> 'request', doc, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
from function_documents
where id = ?1 ->> '$.function.id' and ?1 ->> 'key' is not null
on conflict do nothing;
-- last_keys.sql
select json_object(
  'made', json((select doc from function_documents where id = ?1 ->> '$.function.id')),
  'kept', json((
    select json_object('request', request, 'function', json(function))
    from idempotency_keys where caller = ?1 ->> 'caller' and key = ?1 ->> 'key'
  )),
  'taken', json(iif(exists (select 1 from functions where name = ?1 ->> '$.function.name'), 'true', 'false'))
) as doc;
