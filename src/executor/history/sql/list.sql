select doc from execution_documents as e
where
  (
    e.caller = ?1 ->> 'user'
    or exists (
      select 1 from functions as f
      where f.id = e.function_id and iif(f.owner_type = 'user', f.owner = ?1 ->> 'user', ?1 ->> 'admin')
    )
  )
  and (?1 ->> 'function_id' is null or e.function_id = ?1 ->> 'function_id')
  and (?1 ->> 'function_name' is null or e.function_name = ?1 ->> 'function_name')
  and (?1 ->> 'status' is null or e.status = ?1 ->> 'status')
  and (?1 ->> 'code' is null or e.code = ?1 ->> 'code')
  and (?1 ->> 'caller' is null or e.caller = ?1 ->> 'caller')
  and (?1 ->> 'since' is null or e.started_at >= strftime('%Y-%m-%dT%H:%M:%fZ', ?1 ->> 'since'))
  and (?1 ->> 'until' is null or e.started_at < strftime('%Y-%m-%dT%H:%M:%fZ', ?1 ->> 'until'))
  and (?1 ->> 'after_id' is null or (e.started_at, e.id) < (?1 ->> 'after_time', ?1 ->> 'after_id'))
order by e.started_at desc, e.id desc
limit (?1 ->> 'most');
