-- Both take the same rows, for `before` is no clock.
update history_bytes set bytes = max(0, history_bytes.bytes - gone.bytes)
from (
  select function_id, sum(bytes) as bytes from (
    select function_id, bytes from wasm_executions where started_at <= ?1 ->> 'before' order by started_at, id limit 1000
  )
  group by function_id
) as gone
where gone.function_id = history_bytes.function_id;
delete from history_bytes where bytes = 0 and ?1 <> '';
delete from wasm_executions
where id in (select id from wasm_executions where started_at <= ?1 ->> 'before' order by started_at, id limit 1000)
returning 'true' as doc;
