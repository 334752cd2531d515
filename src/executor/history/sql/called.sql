    select e.id, e.started_at, iif(
      e.source = 'http' and (
        (e.owner_type = 'user' and e.owner = ?1 ->> 'user') or (e.owner_type <> 'user' and ?1 ->> 'admin')
      ) is not true,
      json_set(e.doc, '$.logs', null), e.doc
    ) as doc
    from execution_documents as e
