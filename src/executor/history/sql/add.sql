insert or ignore into wasm_executions
select
  e ->> 'id', e ->> 'function_id', e ->> 'function_name', e ->> 'version', e ->> 'revision', e ->> 'caller', e ->> 'source', e ->> 'status',
  e ->> 'code', e ->> 'started_at', e ->> 'duration_ms', e ->> 'fuel', e ->> 'memory_bytes', e ->> 'cache_hit', e ->> 'warm',
  e ->> 'http_status', e -> 'logs'
from (select value as e from json_each(?1, '$.executions'));
