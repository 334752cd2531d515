update artifacts set state = 'collecting'
where
  state <> 'collecting'
  and touched_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (?1 ->> 'seconds') || ' seconds')
  and not exists (select 1 from wasm_modules where wasm_modules.sha256 = artifacts.sha256);
select json_quote(sha256) as doc from artifacts where state = 'collecting' and ?1 is not null limit 500;
