delete from wasm_executions
where id in (
  select id from wasm_executions
  where started_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (?1 ->> 'days') || ' days')
  order by started_at
  limit 1000
)
returning 'true' as doc;
