-- Materialized: else SQLite writes an execution's JSON out anew for each of its members, 18 µs a row against 8.
with given as materialized (select value as e from json_each(?1, '$.executions'))
insert or ignore into wasm_executions (
  id, function_id, function_name, version, revision, caller, source, status, code, started_at, duration_ms, fuel, memory_bytes, cache_hit, warm,
  http_status, logs, result_bytes, result, owner_type, owner
)
select
  e ->> 'id', e ->> 'function_id', e ->> 'function_name', e ->> 'version', e ->> 'revision', e ->> 'caller', e ->> 'source', e ->> 'status',
  e ->> 'code', e ->> 'started_at', e ->> 'duration_ms', e ->> 'fuel', e ->> 'memory_bytes', e ->> 'cache_hit', e ->> 'warm',
  e ->> 'http_status', e -> 'logs', e ->> 'result_bytes', nullif(e -> 'result', 'null'), f.owner_type, f.owner
from given left join functions as f on f.id = e ->> 'function_id';
