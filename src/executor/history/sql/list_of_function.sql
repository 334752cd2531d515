-- What a caller may see of one function's executions: all of them where they may change it, else their own calls. Which of both is part of what an index is
-- searched for, so that the other reads nothing. The terms are those of list.sql.
select doc from (
  select * from (
    select e.id, e.started_at, e.doc from execution_documents as e
    where e.caller = iif(
        exists (
          select 1 from functions as f
          where f.id = ?1 ->> 'function_id' and iif(f.owner_type = 'user', f.owner = ?1 ->> 'user', ?1 ->> 'admin')
        ),
        null,
        ?1 ->> 'user'
      )
      and +e.function_id = ?1 ->> 'function_id'
      and (?1 ->> 'caller' is null or ?1 ->> 'caller' = ?1 ->> 'user')
      and e.started_at >= coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ?1 ->> 'since'), '')
      and e.started_at <= min(coalesce(?1 ->> 'after_time', '~'), coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ?1 ->> 'until'), '~'))
      and (?1 ->> 'until' is null or +e.started_at < strftime('%Y-%m-%dT%H:%M:%fZ', ?1 ->> 'until'))
      and (?1 ->> 'after_id' is null or (+e.started_at, e.id) < (?1 ->> 'after_time', ?1 ->> 'after_id'))
      and (?1 ->> 'status' is null or e.status = ?1 ->> 'status')
      and (?1 ->> 'code' is null or e.code = ?1 ->> 'code')
    order by e.started_at desc, e.id desc
    limit (?1 ->> 'most')
  )
  union all
  select * from (
    select e.id, e.started_at, e.doc from execution_documents as e
    where e.function_id = (
        select f.id from functions as f
        where f.id = ?1 ->> 'function_id' and iif(f.owner_type = 'user', f.owner = ?1 ->> 'user', ?1 ->> 'admin')
      )
      and (?1 ->> 'caller' is null or e.caller = ?1 ->> 'caller')
      and e.started_at >= coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ?1 ->> 'since'), '')
      and e.started_at <= min(coalesce(?1 ->> 'after_time', '~'), coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ?1 ->> 'until'), '~'))
      and (?1 ->> 'until' is null or +e.started_at < strftime('%Y-%m-%dT%H:%M:%fZ', ?1 ->> 'until'))
      and (?1 ->> 'after_id' is null or (+e.started_at, e.id) < (?1 ->> 'after_time', ?1 ->> 'after_id'))
      and (?1 ->> 'status' is null or e.status = ?1 ->> 'status')
      and (?1 ->> 'code' is null or e.code = ?1 ->> 'code')
    order by e.started_at desc, e.id desc
    limit (?1 ->> 'most')
  )
)
order by started_at desc, id desc
limit (?1 ->> 'most');
