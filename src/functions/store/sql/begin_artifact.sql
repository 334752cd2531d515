insert into artifacts values (?1 ->> 'sha256', 'pending', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
on conflict (sha256) do update set touched_at = excluded.touched_at where state <> 'collecting'
returning 'true' as doc;
