select doc from function_documents
where
  name > ?1 ->> 'after'
  and (
    (owner_type = 'system' and ?1 ->> 'system')
    or (owner_type = 'admin' and ?1 ->> 'admin')
    or (owner_type = 'user' and (visibility = 'public' or owner = ?1 ->> 'user'))
  )
  and (?1 ->> 'owner_type' is null or owner_type = ?1 ->> 'owner_type')
  and (?1 ->> 'owner' is null or owner = ?1 ->> 'owner')
  and (?1 ->> 'search' is null or instr(name, ?1 ->> 'search') > 0)
order by name
limit (?1 ->> 'most');
