delete from idempotency_keys
where rowid in (
  select rowid from idempotency_keys
  where caller = ?1 ->> 'caller'
  -- The key of this request is the last to go, whatever the clock said.
  order by key = ?1 ->> 'key' desc, created_at desc, rowid desc limit -1 offset ?1 ->> 'keys'
);
