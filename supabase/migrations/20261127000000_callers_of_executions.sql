-- A call by nobody has no caller to be found by.
drop index public.wasm_executions_caller;
create index wasm_executions_caller on public.wasm_executions (caller, started_at desc, id desc) where caller is not null;
