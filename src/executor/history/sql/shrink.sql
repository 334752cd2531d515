-- Who has no rows has no bytes, whatever was counted: else they would be asked for rows for ever.
delete from history_bytes
where function_id = (select function_id from history_bytes order by bytes desc limit 1) and ?1 <> ''
  and not exists (select 1 from wasm_executions as e where e.function_id = history_bytes.function_id);
-- How many rows whichever function has the most loses: the earliest, until what is above the bound is gone. It is written down, for what follows changes what
-- it was found by.
update history_bytes set loses = (
  select count(*) from (
    select sum(bytes) over (order by started_at, id rows between unbounded preceding and 1 preceding) as before from (
      select id, started_at, bytes from wasm_executions where function_id = history_bytes.function_id order by started_at, id limit 1000
    )
  )
  where coalesce(before, 0) < (select sum(bytes) from history_bytes) - (?1 ->> 'bytes')
)
where function_id = (select function_id from history_bytes order by bytes desc limit 1)
  and (select sum(bytes) from history_bytes) > (?1 ->> 'bytes');
update history_bytes set bytes = max(0, bytes - (
  select sum(bytes) from (
    select bytes from wasm_executions where function_id = (select function_id from history_bytes where loses > 0)
    order by started_at, id limit coalesce((select loses from history_bytes where loses > 0), 0)
  )
))
where loses > 0 and ?1 <> '';
delete from wasm_executions
where id in (
  select id from wasm_executions where function_id = (select function_id from history_bytes where loses > 0)
  order by started_at, id limit coalesce((select loses from history_bytes where loses > 0), 0)
) and ?1 <> ''
returning 'true' as doc;
update history_bytes set loses = 0 where loses > 0 and ?1 <> '';
delete from history_bytes where bytes = 0 and ?1 <> '';
