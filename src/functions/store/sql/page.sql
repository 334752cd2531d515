      and name > ?1 ->> 'after'
      and (?1 ->> 'search' is null or instr(name, ?1 ->> 'search') > 0)
    order by name
    limit (?1 ->> 'most')
