select json_array(
  json(f.doc),
  (
    select json(m.doc) from module_documents as m
    where m.function_id = f.id and m.version = json_extract(f.doc, '$.active_version')
  )
) as doc
from function_documents as f where f.id = ?1 ->> 'id' or f.name = ?1 ->> 'name';
