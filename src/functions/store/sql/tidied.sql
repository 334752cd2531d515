-- Those that came once more meanwhile are looked at once more.
update artifacts set again_at = null
where sha256 in (select value from json_each(?1 -> 'hashes'))
  and again_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (?1 ->> 'seconds') || ' seconds');
