update or ignore functions
set
  name = ?1 ->> '$.function.name',
  entrypoint = ?1 ->> '$.function.entrypoint',
  memory_pages = ?1 ->> '$.function.memory_pages',
  max_execution_ms = ?1 ->> '$.function.max_execution_ms',
  max_fuel = ?1 ->> '$.function.max_fuel',
  visibility = ?1 ->> '$.function.visibility',
  "trigger" = ?1 ->> '$.function.trigger',
  cron = ?1 ->> '$.function.cron',
  permissions = ?1 -> '$.function.permissions',
  revision = revision + 1,
  updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
where id = ?1 ->> '$.function.id' and revision = ?1 ->> 'expected'
returning 'true' as doc;
select json_object(
  'function', json((select doc from function_documents where id = ?1 ->> '$.function.id')),
  'other', json(iif(exists (
    select 1 from functions where name = ?1 ->> '$.function.name' and id <> ?1 ->> '$.function.id'
  ), 'true', 'false'))
) as doc;
