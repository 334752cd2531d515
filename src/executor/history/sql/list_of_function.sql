-- What a caller may see of one function's executions: all of them where they may change it, else their own calls. Which of both is part of what an index is
-- searched for, so that the other reads nothing. Where it says called.sql or page.sql, that file stands.
select doc from (
  select * from (
    -- called.sql
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
      -- page.sql
  )
  union all
  select * from (
    select e.id, e.started_at, e.doc from execution_documents as e
    where e.function_id = (
        select f.id from functions as f
        where f.id = ?1 ->> 'function_id' and iif(f.owner_type = 'user', f.owner = ?1 ->> 'user', ?1 ->> 'admin')
      )
      and (?1 ->> 'caller' is null or e.caller = ?1 ->> 'caller')
      -- page.sql
  )
)
order by started_at desc, id desc
limit (?1 ->> 'most');
