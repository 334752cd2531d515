-- How much of the database each function's executions take, so that the history has a bound. An estimate: what varies, and a constant for the rest of a row
-- and its entries in the indexes; by whom and whose it is are in an index each.
alter table wasm_executions add column bytes integer generated always as (
  400 + octet_length(function_name) + 4 * coalesce(octet_length(caller), 0) + 4 * coalesce(octet_length(owner), 0) + octet_length(logs)
    + coalesce(octet_length(result), 0)
) virtual;

-- Written in the transaction that adds or forgets rows. `loses` is how many of its earliest rows a function loses in the transaction that says so, else 0.
create table history_bytes (
  function_id text primary key,
  bytes integer not null,
  loses integer not null default 0
) strict, without rowid;

insert into history_bytes (function_id, bytes) select function_id, sum(bytes) from wasm_executions group by function_id;
