-- An execution says whose function it was: who asks for a list reads the rows that it shows, not everybody's.
alter table wasm_executions add column owner_type text;
alter table wasm_executions add column owner text;

update wasm_executions
set (owner_type, owner) = (select f.owner_type, f.owner from functions as f where f.id = wasm_executions.function_id);

-- Each row is in one of them at most.
create index wasm_executions_owner on wasm_executions (owner, started_at) where owner_type = 'user';
create index wasm_executions_system on wasm_executions (started_at) where owner_type = 'system';
create index wasm_executions_admin on wasm_executions (started_at) where owner_type = 'admin';

drop view execution_documents;
create view execution_documents as
select
  id, function_id, function_name, owner_type, owner, caller, status, code, started_at,
  json_object(
    'id', id, 'function_id', function_id, 'function_name', function_name, 'version', version, 'revision', revision, 'caller', caller,
    'source', source, 'status', status, 'code', code, 'started_at', started_at, 'duration_ms', duration_ms, 'fuel', fuel,
    'memory_bytes', memory_bytes, 'cache_hit', json(iif(cache_hit, 'true', 'false')), 'warm', json(iif(warm, 'true', 'false')),
    'http_status', http_status, 'logs', json(logs)
  ) as doc
from wasm_executions;
