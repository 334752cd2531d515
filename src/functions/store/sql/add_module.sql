insert into wasm_modules
select
  ?1 ->> 'id', (select coalesce(max(version), 0) + 1 from wasm_modules where function_id = ?1 ->> 'id'),
  ?1 ->> '$.module.sha256', ?1 ->> '$.module.size', ?1 ->> '$.module.kind',
  iif(json_type(?1, '$.module.prepared') = 'null', null, ?1 -> '$.module.prepared'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
from functions as f
where
  f.id = ?1 ->> 'id' and f.revision = coalesce(?1 ->> 'expected', f.revision)
  -- Otherwise its bytes are being removed, or are gone.
  and exists (select 1 from artifacts where sha256 = ?1 ->> '$.module.sha256' and state <> 'collecting')
  and not exists (select 1 from idempotency_keys where caller = ?1 ->> 'caller' and key = ?1 ->> 'key')
  and (
    f.owner_type <> 'user'
    or exists (select 1 from wasm_modules where function_id = f.id and sha256 = ?1 ->> '$.module.sha256')
    or ?1 ->> '$.module.size' + (
      select coalesce(sum(m.size), 0) from wasm_modules as m join functions as o on o.id = m.function_id
      where o.owner = f.owner and o.owner_type = 'user'
    ) <= ?1 ->> 'most'
  )
on conflict (function_id, sha256) do update set kind = excluded.kind, prepared = coalesce(excluded.prepared, prepared)
returning 'true' as doc;
-- Under the same conditions: whatever has the module now could add it. Null is an answer that is still to come, by which is seen below that the key is
-- this request's.
insert into idempotency_keys
select ?1 ->> 'caller', ?1 ->> 'key', ?1 ->> 'request', 'null', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
from functions as f
where
  f.id = ?1 ->> 'id' and f.revision = coalesce(?1 ->> 'expected', f.revision) and ?1 ->> 'key' is not null
  and exists (select 1 from artifacts where sha256 = ?1 ->> '$.module.sha256' and state <> 'collecting')
  and exists (select 1 from wasm_modules where function_id = f.id and sha256 = ?1 ->> '$.module.sha256')
on conflict do nothing
returning 'true' as doc;
update artifacts set state = 'stored', touched_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
where sha256 = ?1 ->> '$.module.sha256' and state <> 'collecting'
  and exists (select 1 from wasm_modules where function_id = ?1 ->> 'id' and sha256 = ?1 ->> '$.module.sha256');
update functions
set
  active_version = m.version,
  revision = revision + 1,
  updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
from (select version from wasm_modules where function_id = ?1 ->> 'id' and sha256 = ?1 ->> '$.module.sha256') as m
where functions.id = ?1 ->> 'id' and active_version is not m.version and ?1 ->> 'activate'
  and revision = coalesce(?1 ->> 'expected', revision)
  and exists (select 1 from artifacts where sha256 = ?1 ->> '$.module.sha256' and state <> 'collecting')
  and (
    ?1 ->> 'key' is null
    or exists (select 1 from idempotency_keys where caller = ?1 ->> 'caller' and key = ?1 ->> 'key' and function = 'null')
  );
update idempotency_keys
set function = (
  select json_array(json(f.doc), m.version)
  from function_documents as f join wasm_modules as m on m.function_id = f.id and m.sha256 = ?1 ->> '$.module.sha256'
  where f.id = ?1 ->> 'id'
)
where caller = ?1 ->> 'caller' and key = ?1 ->> 'key' and function = 'null';
-- last_keys.sql
select json_object(
  'function', json((select doc from function_documents where id = ?1 ->> 'id')),
  'module', json((select doc from module_documents where function_id = ?1 ->> 'id' and sha256 = ?1 ->> '$.module.sha256')),
  'key_there', json(iif(exists (select 1 from idempotency_keys where caller = ?1 ->> 'caller' and key = ?1 ->> 'key'), 'true', 'false')),
  'busy', json(iif(exists (select 1 from artifacts where sha256 = ?1 ->> '$.module.sha256' and state <> 'collecting'), 'false', 'true'))
) as doc;
