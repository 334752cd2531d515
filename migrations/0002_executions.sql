-- History, and the clock's claims. An execution outlives its function: it says itself what the function was called.

create table wasm_executions (
  id text primary key,
  function_id text not null,
  function_name text not null,
  version integer,
  revision integer not null,
  caller text,
  source text not null check (source in ('executor', 'http', 'cron')),
  status text not null check (status in ('ok', 'failed')),
  code text,
  started_at text not null,
  duration_ms real not null,
  fuel integer not null,
  memory_bytes integer not null,
  cache_hit integer not null check (cache_hit in (0, 1)),
  warm integer not null check (warm in (0, 1)),
  http_status integer,
  logs text not null check (json_valid(logs)),
  -- A success is never recorded as a failure, nor the reverse.
  check ((status = 'failed') = (code is not null))
) strict, without rowid;

create index wasm_executions_started_at on wasm_executions (started_at);
create index wasm_executions_function on wasm_executions (function_id, started_at);
create index wasm_executions_caller on wasm_executions (caller, started_at);

-- An execution as the API shows it.
create view execution_documents as
select
  id, function_id, function_name, caller, status, code, started_at,
  json_object(
    'id', id, 'function_id', function_id, 'function_name', function_name, 'version', version, 'revision', revision, 'caller', caller,
    'source', source, 'status', status, 'code', code, 'started_at', started_at, 'duration_ms', duration_ms, 'fuel', fuel,
    'memory_bytes', memory_bytes, 'cache_hit', json(iif(cache_hit, 'true', 'false')), 'warm', json(iif(warm, 'true', 'false')),
    'http_status', http_status, 'logs', json(logs)
  ) as doc
from wasm_executions;

create index functions_cron on functions (id) where cron is not null;

-- The last minute in which the clock called a function: whoever moves it forward may call, nobody else.
create table cron_ticks (
  function_id text primary key references functions (id) on delete cascade,
  minute text not null
) strict;
