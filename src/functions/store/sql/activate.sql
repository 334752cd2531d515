-- The key first, with null for an answer that is still to come: so is seen below that it is this request's.
insert into idempotency_keys
select ?1 ->> 'caller', ?1 ->> 'key', ?1 ->> 'request', 'null', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
from functions
where
  id = ?1 ->> 'id' and revision = ?1 ->> 'expected' and ?1 ->> 'key' is not null
  and exists (select 1 from wasm_modules where function_id = ?1 ->> 'id' and version = ?1 ->> 'version')
on conflict do nothing
returning 'true' as doc;
update functions
set active_version = ?1 ->> 'version', revision = revision + 1, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
where
  id = ?1 ->> 'id' and revision = ?1 ->> 'expected' and active_version is not ?1 ->> 'version'
  and exists (select 1 from wasm_modules where function_id = ?1 ->> 'id' and version = ?1 ->> 'version')
  and (
    ?1 ->> 'key' is null
    or exists (select 1 from idempotency_keys where caller = ?1 ->> 'caller' and key = ?1 ->> 'key' and function = 'null')
  )
returning 'true' as doc;
update idempotency_keys set function = (select doc from function_documents where id = ?1 ->> 'id')
where caller = ?1 ->> 'caller' and key = ?1 ->> 'key' and function = 'null';
-- last_keys.sql
select json_object(
  'function', json((select doc from function_documents where id = ?1 ->> 'id')),
  'module', json((select doc from module_documents where function_id = ?1 ->> 'id' and version = ?1 ->> 'version')),
  'key_there', json(iif(exists (select 1 from idempotency_keys where caller = ?1 ->> 'caller' and key = ?1 ->> 'key'), 'true', 'false'))
) as doc;
