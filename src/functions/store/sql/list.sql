-- The functions that a caller may read, each kind in its index's order, so that a page costs what a page holds, however many of others there are.
-- Where it says page.sql, that file stands.
select doc from (
  select * from (
    select name, doc from function_documents
    where owner_type = 'user' and owner = ?1 ->> 'user' and (?1 ->> 'owner' is null or ?1 ->> 'owner' = ?1 ->> 'user')
      and (?1 ->> 'owner_type' is null or ?1 ->> 'owner_type' = 'user')
      -- page.sql
  )
  union all
  select * from (
    select name, doc from function_documents
    where owner_type = 'user' and visibility = 'public' and ?1 ->> 'owner' is null
      and (?1 ->> 'user' is null or owner is not ?1 ->> 'user')
      and (?1 ->> 'owner_type' is null or ?1 ->> 'owner_type' = 'user')
      -- page.sql
  )
  union all
  select * from (
    select name, doc from function_documents
    where owner_type = 'user' and owner = ?1 ->> 'owner' and visibility = 'public'
      and (?1 ->> 'user' is null or owner is not ?1 ->> 'user')
      and (?1 ->> 'owner_type' is null or ?1 ->> 'owner_type' = 'user')
      -- page.sql
  )
  union all
  select * from (
    select name, doc from function_documents
    where owner_type = 'system' and ?1 ->> 'system' and (?1 ->> 'owner' is null or owner = ?1 ->> 'owner')
      and (?1 ->> 'owner_type' is null or ?1 ->> 'owner_type' = 'system')
      -- page.sql
  )
  union all
  select * from (
    select name, doc from function_documents
    where owner_type = 'admin' and ?1 ->> 'admin' and (?1 ->> 'owner' is null or owner = ?1 ->> 'owner')
      and (?1 ->> 'owner_type' is null or ?1 ->> 'owner_type' = 'admin')
      -- page.sql
  )
)
order by name
limit (?1 ->> 'most');
