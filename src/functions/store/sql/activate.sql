update functions
set active_version = ?1 ->> 'version', revision = revision + 1, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
where
  id = ?1 ->> 'id' and revision = ?1 ->> 'expected' and active_version is not ?1 ->> 'version'
  and exists (select 1 from wasm_modules where function_id = ?1 ->> 'id' and version = ?1 ->> 'version')
returning 'true' as doc;
select json_object(
  'function', json((select doc from function_documents where id = ?1 ->> 'id')),
  'module', json((select doc from module_documents where function_id = ?1 ->> 'id' and version = ?1 ->> 'version'))
) as doc;
