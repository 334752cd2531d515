update artifacts set state = 'collecting', touched_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
where sha256 in (
  select sha256 from artifacts
  where
    touched_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (?1 ->> 'seconds') || ' seconds')
    -- Taken before, by a sweep that was cut off.
    and (state = 'collecting' or not exists (select 1 from wasm_modules where wasm_modules.sha256 = artifacts.sha256))
  order by touched_at
  limit 200
)
returning json_quote(sha256) as doc;
