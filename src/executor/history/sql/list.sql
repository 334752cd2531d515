-- What a caller may see, each kind in its index's order, so that a page costs what a page holds, however many executions of others there are. `~` is later
-- than every time, and `+` keeps a term from being taken for the index's bound. Where it says called.sql or page.sql, that file stands.
select doc from (
  select * from (
    -- called.sql
    where e.caller = ?1 ->> 'user'
      and (?1 ->> 'caller' is null or ?1 ->> 'caller' = ?1 ->> 'user')
      and (?1 ->> 'function_name' is null or e.function_name = ?1 ->> 'function_name')
      -- page.sql
  )
  union all
  select * from (
    select e.id, e.started_at, e.doc from execution_documents as e
    where e.owner_type = 'user' and e.owner = ?1 ->> 'user'
      and (?1 ->> 'user' is null or e.caller is not ?1 ->> 'user') and (?1 ->> 'caller' is null or e.caller = ?1 ->> 'caller')
      and (?1 ->> 'function_name' is null or e.function_name = ?1 ->> 'function_name')
      and exists (select 1 from functions as f where f.id = e.function_id)
      -- page.sql
  )
  union all
  select * from (
    select e.id, e.started_at, e.doc from execution_documents as e
    where e.owner_type = 'system' and ?1 ->> 'admin'
      and (?1 ->> 'user' is null or e.caller is not ?1 ->> 'user') and (?1 ->> 'caller' is null or e.caller = ?1 ->> 'caller')
      and (?1 ->> 'function_name' is null or e.function_name = ?1 ->> 'function_name')
      and exists (select 1 from functions as f where f.id = e.function_id)
      -- page.sql
  )
  union all
  select * from (
    select e.id, e.started_at, e.doc from execution_documents as e
    where e.owner_type = 'admin' and ?1 ->> 'admin'
      and (?1 ->> 'user' is null or e.caller is not ?1 ->> 'user') and (?1 ->> 'caller' is null or e.caller = ?1 ->> 'caller')
      and (?1 ->> 'function_name' is null or e.function_name = ?1 ->> 'function_name')
      and exists (select 1 from functions as f where f.id = e.function_id)
      -- page.sql
  )
)
order by started_at desc, id desc
limit (?1 ->> 'most');
