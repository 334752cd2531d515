insert into idempotency_keys
select ?1 ->> 'caller', ?1 ->> 'key', ?1 ->> 'request', ?1 -> 'answer', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
where true
on conflict do nothing;
-- As in create.sql.
delete from idempotency_keys
where rowid in (
  select rowid from idempotency_keys
  where caller = ?1 ->> 'caller'
  order by key = ?1 ->> 'key' desc, created_at desc, rowid desc limit -1 offset ?1 ->> 'keys'
);
