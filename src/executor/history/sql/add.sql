-- Rows that are there already aren't counted twice: what they have goes, and comes back with the batch's others.
update history_bytes set bytes = history_bytes.bytes - there.bytes
from (
  select function_id, sum(bytes) as bytes from wasm_executions
  where id in (select value ->> 0 from json_each(?1, '$.rows'))
  group by function_id
) as there
where there.function_id = history_bytes.function_id;
-- Materialized: else SQLite writes a row's JSON out anew for each of its elements. They are found by their places (row.rs): by name it takes twice the time.
with given as materialized (select value as e from json_each(?1, '$.rows'))
insert or ignore into wasm_executions (
  id, function_id, function_name, version, revision, caller, source, started_at, status, code, duration_ms, fuel, memory_bytes, cache_hit, warm,
  http_status, logs, result_bytes, result, owner_type, owner
)
select
  e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5, e ->> 6, e ->> 7, e ->> 8, e ->> 9, e ->> 10, e ->> 11, e ->> 12, e ->> 13, e ->> 14,
  e ->> 15, e -> 16, e ->> 17, nullif(e -> 18, 'null'), f.owner_type, f.owner
from given left join functions as f on f.id = e ->> 1;
-- Of the rows themselves, for the tables may have refused some.
insert into history_bytes (function_id, bytes)
select function_id, sum(bytes) from wasm_executions
where id in (select value ->> 0 from json_each(?1, '$.rows'))
group by function_id
on conflict (function_id) do update set bytes = bytes + excluded.bytes;
