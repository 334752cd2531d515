-- An execution says how it came in: what a function logged is not for everybody who came by HTTP.
drop view execution_documents;
create view execution_documents as
select
  id, function_id, function_name, owner_type, owner, caller, source, status, code, started_at,
  json_object(
    'id', id, 'function_id', function_id, 'function_name', function_name, 'version', version, 'revision', revision, 'caller', caller,
    'source', source, 'status', status, 'code', code, 'started_at', started_at, 'duration_ms', duration_ms, 'fuel', fuel,
    'memory_bytes', memory_bytes, 'cache_hit', json(iif(cache_hit, 'true', 'false')), 'warm', json(iif(warm, 'true', 'false')),
    'http_status', http_status, 'logs', json(logs), 'result_bytes', result_bytes, 'result', json(result)
  ) as doc
from wasm_executions;
