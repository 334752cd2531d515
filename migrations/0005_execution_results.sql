-- What a call returned: its bytes, and the value itself where it is small (src/executor/limits.rs).
alter table wasm_executions add column result_bytes integer check (result_bytes >= 0 and (status = 'ok' or result_bytes is null));
alter table wasm_executions add column result text check (
  result is null or (json_valid(result) and result_bytes is not null and result_bytes <= 4096)
);

drop view execution_documents;
create view execution_documents as
select
  id, function_id, function_name, owner_type, owner, caller, status, code, started_at,
  json_object(
    'id', id, 'function_id', function_id, 'function_name', function_name, 'version', version, 'revision', revision, 'caller', caller,
    'source', source, 'status', status, 'code', code, 'started_at', started_at, 'duration_ms', duration_ms, 'fuel', fuel,
    'memory_bytes', memory_bytes, 'cache_hit', json(iif(cache_hit, 'true', 'false')), 'warm', json(iif(warm, 'true', 'false')),
    'http_status', http_status, 'logs', json(logs), 'result_bytes', result_bytes, 'result', json(result)
  ) as doc
from wasm_executions;
