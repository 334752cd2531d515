-- How much of the database each function's executions take, so that the history has a bound.

-- An estimate: what varies, and a constant for the rest of a row and its entries in the indexes.
create function hashi.execution_bytes(function_name text, logs json, result json) returns bigint
language sql immutable as $$
  select 700::bigint + octet_length(function_name) + octet_length(logs::text) + coalesce(octet_length(result::text), 0)
$$;

create table hashi.history_bytes (
  function_id uuid primary key,
  bytes bigint not null
);
alter table hashi.history_bytes enable row level security;
grant all on hashi.history_bytes to service_role;

-- Once for each statement, whoever's it is: what is recorded again is no row of `added`. In the order of their ids, so that two never wait for each other.
create function hashi.executions_added() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into hashi.history_bytes as b (function_id, bytes)
  select e.function_id, sum(hashi.execution_bytes(e.function_name, e.logs, e.result)) from added as e group by e.function_id order by e.function_id
  on conflict (function_id) do update set bytes = b.bytes + excluded.bytes;
  return null;
end
$$;
create function hashi.executions_gone() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into hashi.history_bytes as b (function_id, bytes)
  select e.function_id, -sum(hashi.execution_bytes(e.function_name, e.logs, e.result)) from gone as e group by e.function_id order by e.function_id
  on conflict (function_id) do update set bytes = b.bytes + excluded.bytes;
  delete from hashi.history_bytes where bytes = 0 and function_id in (select function_id from gone);
  return null;
end
$$;
create function hashi.executions_changed() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into hashi.history_bytes as b (function_id, bytes)
  select c.function_id, sum(c.bytes) from (
    select e.function_id, hashi.execution_bytes(e.function_name, e.logs, e.result) as bytes from added as e
    union all
    select e.function_id, -hashi.execution_bytes(e.function_name, e.logs, e.result) from gone as e
  ) as c
  group by c.function_id order by c.function_id
  on conflict (function_id) do update set bytes = b.bytes + excluded.bytes;
  return null;
end
$$;

create function hashi.executions_truncated() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from hashi.history_bytes where true;
  return null;
end
$$;

-- One statement, and so one transaction whoever applies it: nothing comes or goes between the count and the triggers.
do $$
begin
  lock table public.wasm_executions in share row exclusive mode;
  insert into hashi.history_bytes (function_id, bytes)
  select e.function_id, sum(hashi.execution_bytes(e.function_name, e.logs, e.result)) from public.wasm_executions as e group by e.function_id;

  create trigger wasm_executions_added after insert on public.wasm_executions
    referencing new table as added for each statement execute function hashi.executions_added();
  create trigger wasm_executions_gone after delete on public.wasm_executions
    referencing old table as gone for each statement execute function hashi.executions_gone();
  create trigger wasm_executions_changed after update on public.wasm_executions
    referencing old table as gone new table as added for each statement execute function hashi.executions_changed();
  create trigger wasm_executions_truncated after truncate on public.wasm_executions
    for each statement execute function hashi.executions_truncated();
end
$$;

-- While executions have more than `bytes` in all, whichever function has the most loses its earliest, at most `most`, until what is above is gone; gives their
-- number.
create function public.shrink_history(bytes bigint, most integer default 1000) returns integer
language plpgsql set search_path = '' as $$
declare
  above bigint;
  whose uuid;
  count integer := 0;
begin
  loop
    above := (select sum(b.bytes) from hashi.history_bytes as b) - shrink_history.bytes;
    whose := (select b.function_id from hashi.history_bytes as b order by b.bytes desc, b.function_id limit 1);
    exit when above is null or above <= 0;
    delete from public.wasm_executions where id in (
      select r.id from (
        select f.id, sum(f.bytes) over (order by f.started_at, f.id rows between unbounded preceding and 1 preceding) as before from (
          select e.id, e.started_at, hashi.execution_bytes(e.function_name, e.logs, e.result) as bytes from public.wasm_executions as e
          where e.function_id = whose order by e.started_at, e.id limit most
        ) as f
      ) as r
      where coalesce(r.before, 0) < above
    );
    get diagnostics count = row_count;
    exit when count > 0;
    -- Who has no rows has no bytes, whatever was counted: else they would be asked for rows for ever.
    delete from hashi.history_bytes as b where b.function_id = whose;
  end loop;
  return count;
end
$$;

-- As before, but in the order of the functions: each row's trigger keeps that of its function until all are in.
create or replace function public.record_executions(executions json) returns void
language plpgsql set search_path = '' as $$
declare
  execution json;
begin
  perform hashi.record(record_executions.executions);
exception when integrity_constraint_violation or data_exception then
  for execution in
    select e.value from json_array_elements(record_executions.executions) as e order by e.value ->> 'function_id'
  loop
    begin
      perform hashi.record(json_build_array(execution));
    exception when integrity_constraint_violation or data_exception then
      raise warning 'the execution % is refused, and left out: %', execution -> 'id', sqlerrm;
    end;
  end loop;
end
$$;

-- How many bytes the executions of a function are counted for, or those of all.
create function public.history_bytes(function_id uuid default null) returns bigint
language sql stable set search_path = '' as $$
  select coalesce(sum(b.bytes), 0)::bigint from hashi.history_bytes as b
  where history_bytes.function_id is null or b.function_id = history_bytes.function_id
$$;

revoke execute on function public.shrink_history, public.history_bytes from public, anon, authenticated;
grant execute on function public.shrink_history, public.history_bytes to service_role;
