-- What a call returned: its bytes, and the value itself where it is small (src/executor/limits.rs). Read by who reads the row; written by the service role.

alter table public.wasm_executions
  add column result_bytes bigint check (result_bytes >= 0),
  -- In ASCII, which three times as many bytes are enough for.
  add column result json check (octet_length(result::text) <= 12288),
  add constraint wasm_executions_only_success_returns check (result_bytes is null or status = 'ok'),
  add constraint wasm_executions_result_is_small check (result is null or (result_bytes is not null and result_bytes <= 4096));

comment on column public.wasm_executions.result_bytes is 'Of the value''s JSON text, or of the body of an answer over HTTP; null if the call failed.';
comment on column public.wasm_executions.result is 'The value, where its JSON text has at most 4096 bytes and the deployment keeps results.';

alter type hashi.execution_shown add attribute result_bytes bigint, add attribute result json;

create or replace function hashi.execution_document(e public.wasm_executions) returns json
language sql stable as $$
  select row_to_json(row(
    e.id, e.function_id, e.function_name, e.version, e.revision, e.caller, e.source, e.status, e.code, hashi.shown(e.started_at),
    e.duration_ms, e.fuel, e.memory_bytes, e.cache_hit, e.warm, e.http_status, e.logs, e.result_bytes, e.result
  )::hashi.execution_shown)
$$;

create or replace function hashi.record(executions json) returns void
language sql set search_path = '' as $$
  insert into public.wasm_executions (
    id, function_id, function_name, version, revision, caller, source, status, code, started_at, duration_ms, fuel, memory_bytes, cache_hit, warm,
    http_status, logs, result_bytes, result
  )
  select
    e.id, e.function_id, e.function_name, e.version, e.revision, hashi.id_named(e.caller), e.source, e.status, e.code, e.started_at, e.duration_ms,
    coalesce(e.fuel, 0), coalesce(e.memory_bytes, 0), coalesce(e.cache_hit, false), coalesce(e.warm, false), e.http_status, coalesce(e.logs, '[]'),
    e.result_bytes, e.result
  -- A caller that is no UUID is another issuer's: it must not spoil the batch.
  from json_to_recordset(executions) as e (
    id uuid, function_id uuid, function_name text, version integer, revision integer, caller text, source text, status text, code text,
    started_at timestamptz, duration_ms double precision, fuel bigint, memory_bytes bigint, cache_hit boolean, warm boolean, http_status integer,
    logs json, result_bytes bigint, result json
  )
  on conflict (id) do nothing
$$;
