delete from idempotency_keys
where created_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (?1 ->> 'seconds') || ' seconds')
returning 'true' as doc;
