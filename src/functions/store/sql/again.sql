select json_object('sha256', sha256, 'bundles', json((
  select json_group_array(distinct prepared ->> 'bundle') from wasm_modules
  where wasm_modules.sha256 = artifacts.sha256 and prepared is not null
))) as doc
from artifacts
where again_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (?1 ->> 'seconds') || ' seconds') and state = 'stored'
order by again_at
limit 100;
