insert into artifacts (sha256, state, touched_at, begun_by, size)
select ?1 ->> 'sha256', 'pending', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), iif(f.owner_type = 'user', f.owner, null), ?1 ->> 'size'
from functions as f
where
  f.id = ?1 ->> 'id'
  and (
    f.owner_type <> 'user'
    or exists (select 1 from wasm_modules where function_id = f.id and sha256 = ?1 ->> 'sha256')
    or ?1 ->> 'size' + (
      select coalesce(sum(m.size), 0) from wasm_modules as m join functions as o on o.id = m.function_id
      where o.owner = f.owner and o.owner_type = 'user'
    ) + (
      select coalesce(sum(a.size), 0) from artifacts as a
      where a.state = 'pending' and a.begun_by = f.owner and a.sha256 <> ?1 ->> 'sha256'
    ) <= ?1 ->> 'most'
  )
on conflict (sha256) do update set touched_at = excluded.touched_at, begun_by = excluded.begun_by, size = excluded.size, again_at = excluded.touched_at
where state <> 'collecting'
returning 'true' as doc;
-- Why not, if it did nothing.
select json_quote(case
  when not exists (select 1 from functions where id = ?1 ->> 'id') then 'gone'
  when exists (select 1 from artifacts where sha256 = ?1 ->> 'sha256' and state = 'collecting') then 'busy'
  else 'full'
end) as doc;
