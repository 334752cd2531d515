-- What no other function uses counts as begun by its owner, until it is collected.
update artifacts
set
  state = 'pending', touched_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), begun_by = iif(f.owner_type = 'user', f.owner, null), size = m.size
from wasm_modules as m join functions as f on f.id = m.function_id
where
  m.function_id = ?1 ->> 'id' and f.revision = ?1 ->> 'expected' and artifacts.sha256 = m.sha256
  and not exists (select 1 from wasm_modules as o where o.sha256 = m.sha256 and o.function_id <> m.function_id);
-- What another function uses may have bundles that this one's modules alone named.
update artifacts set again_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
where sha256 in (
  select m.sha256 from wasm_modules as m join functions as f on f.id = m.function_id
  where f.id = ?1 ->> 'id' and f.revision = ?1 ->> 'expected'
);
delete from functions where id = ?1 ->> 'id' and revision = ?1 ->> 'expected' returning 'true' as doc;
select 'true' as doc from functions where id = ?1 ->> 'id';
