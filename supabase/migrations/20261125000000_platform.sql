-- The platform's tables: functions, the modules they run, what ran. Row-level security says the same as src/functions/access.rs:
--
--   owner_type | create             | read, execute            | update | delete
--   system     | admin              | everyone signed in       | admin  | admin
--   admin      | admin              | admin                    | admin  | admin
--   user       | everyone signed in | owner, and all if public | owner  | owner
--
-- An admin is a user whose token says app_metadata.role = "admin", which only the project can write. The service role is past every policy; the
-- Worker uses it only where there is no caller. Columns mean what they mean in migrations/ for D1.

create schema hashi;
comment on schema hashi is 'What belongs to the platform and no client calls by itself: never expose it in the API.';
grant usage on schema hashi to anon, authenticated, service_role;

create type public.owner_type as enum ('system', 'admin', 'user');

-- The id that a text names; the nil UUID, which is nobody's, for any other text. Never an error, wherever the planner asks.
create function hashi.id_named(who text) returns uuid
language sql immutable as $$
  select case
    when who ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then who::uuid
    when who is not null then '00000000-0000-0000-0000-000000000000'
  end
$$;

-- Who calls. Policies wrap each of these in a select of its own, so that it is asked once for a statement and not once for a row.

create function hashi.is_admin() returns boolean
language sql stable set search_path = '' as $$
  select coalesce(auth.uid() is not null and auth.jwt() -> 'app_metadata' ->> 'role' = 'admin', false)
$$;

-- A token outlives its session by up to an hour; a row of auth.sessions doesn't. A token that names no session was made by the project itself.
create function hashi.session_is_live() returns boolean
language sql stable security definer set search_path = '' as $$
  select auth.jwt() ->> 'session_id' is null or exists (
    select from auth.sessions
    where id = hashi.id_named(auth.jwt() ->> 'session_id') and user_id = auth.uid() and (not_after is null or not_after > now())
  )
$$;

-- True, or the error that PostgREST answers with 401.
create function hashi.check_session() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  if not hashi.session_is_live() then
    raise exception using errcode = 'PT401', message = 'the session of this token has ended',
      hint = 'Sign in again.';
  end if;
  return true;
end
$$;

create function hashi.refuse(what text) returns void
language plpgsql set search_path = '' as $$
begin
  raise insufficient_privilege using message = what;
end
$$;

-- One change of what a user may have at a time, so that no two of them fit into the last free place.
create function hashi.lock_quota(owner uuid) returns void
language sql set search_path = '' as $$
  select pg_advisory_xact_lock(hashtextextended('hashi quota ' || coalesce(owner::text, ''), 0))
$$;

create function hashi.shown(moment timestamptz) returns text
language sql stable as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- What one user may have, however they come: the Worker's own quota is asked first.

create table hashi.quota (
  only_row boolean primary key default true check (only_row),
  functions integer not null default 100 check (functions > 0),
  bytes bigint not null default 268435456 check (bytes > 0)
);
insert into hashi.quota default values;

-- Functions.

create table public.functions (
  id uuid primary key default gen_random_uuid(),
  -- Bytewise, as every other store sorts it.
  name text collate "C" not null unique
    check (name ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$' and name !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  owner_type public.owner_type not null default 'user',
  owner uuid,
  entrypoint text not null default '_start'
    check (octet_length(entrypoint) between 1 and 256 and entrypoint !~ '[\u0001-\u001f\u007f-\u009f]'),
  runtime text not null default 'wasm' check (runtime = 'wasm'),
  memory_pages integer not null default 256 check (memory_pages between 1 and 1024),
  max_execution_ms integer not null default 5000 check (max_execution_ms between 1 and 30000),
  max_fuel bigint not null default 1000000000 check (max_fuel between 1 and 100000000000),
  visibility text not null default 'private' check (visibility in ('private', 'public')),
  "trigger" text not null default 'none' check ("trigger" in ('none', 'signed_in', 'anonymous')),
  cron text check (length(cron) <= 256 and cron ~ '^\s*\S+(\s+\S+){4}\s*$'),
  permissions jsonb not null default '{}' check (jsonb_typeof(permissions) = 'object' and octet_length(permissions::text) <= 65536),
  active_version integer,
  revision integer not null default 1 check (revision > 0),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  constraint functions_user_has_owner check (owner_type <> 'user' or owner is not null)
);

comment on table public.functions is 'What users register. Readable and changeable after the access table.';
comment on column public.functions.owner is 'Who made it; null if the service role did, or the admin who did is gone.';
comment on column public.functions.revision is 'Grows by one with each change of the settings or the active version.';

-- One index for each branch of the list, in the list's order. The owner type is their predicate and not their first column: under row-level security
-- an index is searched only by operators that are leakproof, and an enum's equality is not.
create index functions_owner on public.functions (owner, name) where owner_type = 'user';
create index functions_public on public.functions (name) where owner_type = 'user' and visibility = 'public';
create index functions_system on public.functions (name) where owner_type = 'system';
create index functions_admin on public.functions (name) where owner_type = 'admin';
create index functions_cron on public.functions (id) where cron is not null;

create function hashi.function_inserted() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- The service role brings what is there already (import_function).
  if new.owner_type = 'user' and auth.role() is distinct from 'service_role' then
    perform hashi.lock_quota(new.owner);
    if (select count(*) from public.functions where owner = new.owner and owner_type = 'user') >= (select functions from hashi.quota) then
      raise exception using errcode = 'PT403', message = 'you have as many functions as you may have',
        hint = 'Delete one first.';
    end if;
  end if;
  return new;
end
$$;
create trigger functions_quota before insert on public.functions for each row execute function hashi.function_inserted();

create function hashi.function_updated() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.id <> old.id or new.owner_type <> old.owner_type then
    perform hashi.refuse('a function keeps its id and owner_type for ever; make another function');
  end if;
  -- Nobody takes an owner's place; the owner can only cease to be.
  if new.owner is distinct from old.owner and new.owner is not null then
    perform hashi.refuse('a function keeps its owner for ever; make another function');
  end if;
  new.revision := old.revision;
  new.created_at := old.created_at;
  new.updated_at := old.updated_at;
  if new is distinct from old then
    new.revision := old.revision + 1;
    new.updated_at := now();
  end if;
  return new;
end
$$;
create trigger functions_updated_at before update on public.functions for each row execute function hashi.function_updated();

-- Modules.

create table public.wasm_modules (
  function_id uuid not null references public.functions (id) on delete cascade,
  version integer not null check (version > 0),
  -- Its function's, by trigger.
  owner_type public.owner_type not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null check (size between 0 and 10485760),
  kind text not null check (kind in ('core', 'component')),
  -- What prepare made of it; null until it was prepared.
  prepared jsonb check (jsonb_typeof(prepared) = 'object'),
  status text not null generated always as (case when prepared is null then 'pending' else 'ready' end) stored,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (function_id, version),
  unique (function_id, sha256)
);

comment on table public.wasm_modules is 'Uploaded versions of functions; their bytes are in the bucket private_uploads.';
comment on column public.wasm_modules.status is 'pending until prepare has seen it, ready afterwards; only what is ready can be called.';

create index idx_wasm_modules_owner_type on public.wasm_modules (owner_type);
create index idx_wasm_modules_owner_type_status on public.wasm_modules (owner_type, status);
create index wasm_modules_sha256 on public.wasm_modules (sha256);

-- An active version exists. Checked at the end of a statement, so that a function may arrive with its modules.
alter table public.functions add constraint functions_active_version_exists
  foreign key (id, active_version) references public.wasm_modules (function_id, version) deferrable initially immediate;

-- What prepare says of a module is believed only where prepare's bundle is stored, which the service role alone does: so nobody runs a bundle by knowing
-- its hash.
create function hashi.check_prepared(m public.wasm_modules) returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if m.prepared is not null and auth.role() <> 'service_role' and not exists (
    select from storage.objects
    where bucket_id = 'private_uploads' and name = 'bundles/' || m.sha256 || '/' || m.function_id || '/' || (m.prepared ->> 'bundle')
  ) then
    perform hashi.refuse('what prepare made of a module is noted after its bundle is stored; upload the module through the platform');
  end if;
end
$$;

create function hashi.module_inserted() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  f public.functions;
  stored bigint;
begin
  select * into f from public.functions where id = new.function_id for no key update;
  if not found then
    -- The policy refuses it, in the words that it has for a function of somebody else.
    new.owner_type := 'user';
    new.version := 1;
    return new;
  end if;
  new.owner_type := f.owner_type;
  if new.version is null then
    select coalesce(max(version), 0) + 1 into new.version from public.wasm_modules where function_id = f.id;
  end if;
  -- Whoever says that their bytes are few: what Storage counted is what counts, and what isn't stored yet can't be counted.
  select (metadata ->> 'size')::bigint into stored from storage.objects
  where bucket_id = 'private_uploads' and name = 'modules/' || new.sha256 || '/' || f.id;
  if stored is null and auth.role() is distinct from 'service_role' then
    perform hashi.refuse('a module is noted after its bytes are stored; upload it through the platform');
  end if;
  new.size := coalesce(stored, new.size);
  perform hashi.check_prepared(new);
  if f.owner_type = 'user' and auth.role() is distinct from 'service_role' then
    perform hashi.lock_quota(f.owner);
    if new.size + hashi.bytes_of(f.owner) > (select bytes from hashi.quota) then
      raise exception using errcode = 'PT403', message = 'your modules have as many bytes as they may have',
        hint = 'Delete a function first.';
    end if;
  end if;
  return new;
end
$$;

create function hashi.bytes_of(owner uuid) returns bigint
language sql stable security definer set search_path = '' as $$
  select coalesce(sum(m.size), 0)::bigint
  from public.functions as f join public.wasm_modules as m on m.function_id = f.id
  where f.owner = bytes_of.owner and f.owner_type = 'user'
$$;

create function hashi.module_updated() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if (new.function_id, new.version, new.sha256, new.size) is distinct from (old.function_id, old.version, old.sha256, old.size) then
    perform hashi.refuse('a module keeps its function, version and bytes for ever; upload another');
  end if;
  select owner_type into new.owner_type from public.functions where id = new.function_id;
  new.created_at := old.created_at;
  if (new.kind, new.prepared) is distinct from (old.kind, old.prepared) then
    new.updated_at := now();
    perform hashi.check_prepared(new);
  end if;
  return new;
end
$$;

create trigger wasm_modules_owner_type before insert on public.wasm_modules for each row execute function hashi.module_inserted();
create trigger wasm_modules_updated_at before update on public.wasm_modules for each row execute function hashi.module_updated();

-- One row for each content key that may exist in the bucket, made before the object is: so whatever a crash leaves behind is known here.
create table hashi.artifacts (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  -- pending: perhaps not stored yet; stored: a module uses or used it; collecting: being removed, nobody may begin to use it.
  state text not null check (state in ('pending', 'stored', 'collecting')),
  touched_at timestamptz not null default now(),
  -- Who began to store it first; null for the service role.
  begun_by uuid
);
create index artifacts_touched_at on hashi.artifacts (touched_at);
create index artifacts_begun_by on hashi.artifacts (begun_by) where state <> 'stored';

create function hashi.module_kept() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into hashi.artifacts (sha256, state) values (new.sha256, 'stored')
  on conflict (sha256) do update set state = 'stored', touched_at = now();
  return null;
end
$$;
create function hashi.module_gone() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update hashi.artifacts set touched_at = now() where sha256 = old.sha256;
  return null;
end
$$;
create trigger wasm_modules_kept after insert or update on public.wasm_modules for each row execute function hashi.module_kept();
create trigger wasm_modules_gone after delete on public.wasm_modules for each row execute function hashi.module_gone();

create table hashi.idempotency_keys (
  -- The user; the nil UUID for the service role.
  owner uuid not null default coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000'),
  caller text not null,
  key text not null check (length(key) between 1 and 255),
  request text not null,
  function json not null,
  created_at timestamptz not null default now(),
  primary key (owner, caller, key)
);
create index idempotency_keys_created_at on hashi.idempotency_keys (created_at);

-- What ran. A row outlives its function, so it carries what its readers are found by.

create table public.wasm_executions (
  id uuid primary key default gen_random_uuid(),
  function_id uuid not null,
  function_name text not null,
  -- Its function's when it ran, by trigger.
  owner_type public.owner_type not null,
  owner uuid,
  version integer,
  revision integer not null,
  -- Null for nobody who is signed in.
  caller uuid,
  source text not null check (source in ('executor', 'http', 'cron')),
  status text not null check (status in ('ok', 'failed')),
  code text,
  started_at timestamptz(3) not null default now(),
  duration_ms double precision not null default 0 check (duration_ms >= 0),
  fuel bigint not null default 0 check (fuel >= 0),
  memory_bytes bigint not null default 0 check (memory_bytes >= 0),
  cache_hit boolean not null default false,
  warm boolean not null default false,
  http_status integer check (http_status between 100 and 599),
  -- As the guest's lines came: the API shows this very text.
  logs json not null default '[]' check (json_typeof(logs) = 'array'),
  updated_at timestamptz(3) not null default now(),
  -- A success is never recorded as a failure, nor the reverse.
  constraint wasm_executions_failure_has_code check ((status = 'failed') = (code is not null))
);

comment on table public.wasm_executions is 'One row for each call, readable by its caller and by whoever may change its function.';

create index wasm_executions_function on public.wasm_executions (function_id, started_at desc, id desc);
create index wasm_executions_caller on public.wasm_executions (caller, started_at desc, id desc);
create index wasm_executions_owner on public.wasm_executions (owner, started_at desc, id desc) where owner_type = 'user';
create index wasm_executions_system on public.wasm_executions (started_at desc, id desc) where owner_type = 'system';
create index wasm_executions_admin on public.wasm_executions (started_at desc, id desc) where owner_type = 'admin';
create index wasm_executions_name on public.wasm_executions (function_name, started_at desc, id desc);
create index wasm_executions_started_at on public.wasm_executions (started_at);

create function hashi.execution_inserted() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.owner_type is null then
    select owner_type, owner into new.owner_type, new.owner from public.functions where id = new.function_id;
    -- Deleted while it ran: only its caller will see it.
    new.owner_type := coalesce(new.owner_type, 'user');
  end if;
  return new;
end
$$;
create function hashi.execution_updated() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create trigger wasm_executions_owner before insert on public.wasm_executions for each row execute function hashi.execution_inserted();
create trigger wasm_executions_updated_at before update on public.wasm_executions for each row execute function hashi.execution_updated();

-- The last minute in which the clock called a function: whoever moves it forward may call, nobody else.
create table hashi.cron_ticks (
  function_id uuid primary key references public.functions (id) on delete cascade,
  minute timestamptz not null
);

-- A user who is deleted takes their functions along; what they made as an admin stays with the admins.
create function hashi.user_deleted() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.functions where owner = old.id and owner_type = 'user';
  update public.functions set owner = null where owner = old.id;
  return null;
end
$$;
create index functions_made_by on public.functions (owner) where owner_type <> 'user';
create trigger hashi_user_deleted after delete on auth.users for each row execute function hashi.user_deleted();

-- Who may do what. Nothing is granted to a role that isn't named here.

revoke all on public.functions, public.wasm_modules, public.wasm_executions from public, anon, authenticated;
grant select on public.functions, public.wasm_modules to anon;
grant select, delete on public.functions, public.wasm_modules to authenticated;
grant select on public.wasm_executions to authenticated;
grant insert (id, name, owner_type, owner, entrypoint, runtime, memory_pages, max_execution_ms, max_fuel, visibility, "trigger", cron, permissions)
  on public.functions to authenticated;
grant update (name, entrypoint, memory_pages, max_execution_ms, max_fuel, visibility, "trigger", cron, permissions, active_version)
  on public.functions to authenticated;
grant insert (function_id, sha256, size, kind, prepared), update (kind, prepared) on public.wasm_modules to authenticated;
grant select, insert on hashi.idempotency_keys to authenticated;
grant all on public.functions, public.wasm_modules, public.wasm_executions to service_role;
grant all on all tables in schema hashi to service_role;

-- Whoever signs in makes functions of their own without naming themselves.
alter table public.functions alter column owner set default auth.uid();

alter table public.functions enable row level security;
alter table public.wasm_modules enable row level security;
alter table public.wasm_executions enable row level security;
alter table hashi.artifacts enable row level security;
alter table hashi.idempotency_keys enable row level security;
alter table hashi.quota enable row level security;
alter table hashi.cron_ticks enable row level security;

create policy "A token without a live session reads and changes nothing" on public.functions
  as restrictive for all to authenticated using ((select hashi.check_session())) with check ((select hashi.check_session()));
create policy "A token without a live session reads and changes nothing" on public.wasm_modules
  as restrictive for all to authenticated using ((select hashi.check_session())) with check ((select hashi.check_session()));
create policy "A token without a live session reads and changes nothing" on public.wasm_executions
  as restrictive for all to authenticated using ((select hashi.check_session())) with check ((select hashi.check_session()));

create policy "Everyone reads public functions" on public.functions for select to anon
  using (owner_type = 'user' and visibility = 'public');
create policy "Functions are read after the access table" on public.functions for select to authenticated using (
  (owner_type = 'user' and (visibility = 'public' or owner = (select auth.uid())))
  or (owner_type = 'system' and (select auth.uid()) is not null)
  or (owner_type <> 'user' and (select hashi.is_admin()))
);
create policy "Everyone signed in makes their own functions, admins the others" on public.functions for insert to authenticated
  with check (owner = (select auth.uid()) and (owner_type = 'user' or (select hashi.is_admin())));
create policy "Owners change their functions, admins the others" on public.functions for update to authenticated
  using ((owner_type = 'user' and owner = (select auth.uid())) or (owner_type <> 'user' and (select hashi.is_admin())))
  with check ((owner_type = 'user' and owner = (select auth.uid())) or (owner_type <> 'user' and (select hashi.is_admin())));
create policy "Owners delete their functions, admins the others" on public.functions for delete to authenticated
  using ((owner_type = 'user' and owner = (select auth.uid())) or (owner_type <> 'user' and (select hashi.is_admin())));

-- The inner query is under the policies of functions: what it finds, the caller may read.
create policy "Everyone reads the modules of public functions" on public.wasm_modules for select to anon
  using (owner_type = 'user' and exists (select from public.functions as f where f.id = function_id));
create policy "Modules are read where their function is" on public.wasm_modules for select to authenticated using (
  (owner_type = 'system' and (select auth.uid()) is not null)
  or (owner_type <> 'user' and (select hashi.is_admin()))
  or (owner_type = 'user' and exists (select from public.functions as f where f.id = function_id))
);
create policy "Owners add modules to their functions, admins to the others" on public.wasm_modules for insert to authenticated with check (
  (owner_type <> 'user' and (select hashi.is_admin()))
  or (owner_type = 'user' and exists (select from public.functions as f where f.id = function_id and f.owner = (select auth.uid())))
);
create policy "Owners change modules of their functions, admins of the others" on public.wasm_modules for update to authenticated
  using (
    (owner_type <> 'user' and (select hashi.is_admin()))
    or (owner_type = 'user' and exists (select from public.functions as f where f.id = function_id and f.owner = (select auth.uid())))
  )
  with check (
    (owner_type <> 'user' and (select hashi.is_admin()))
    or (owner_type = 'user' and exists (select from public.functions as f where f.id = function_id and f.owner = (select auth.uid())))
  );
create policy "Owners delete modules of their functions, admins of the others" on public.wasm_modules for delete to authenticated using (
  (owner_type <> 'user' and (select hashi.is_admin()))
  or (owner_type = 'user' and exists (select from public.functions as f where f.id = function_id and f.owner = (select auth.uid())))
);

-- Nobody writes history but the Worker, as the service role. What a deleted function left is its callers' alone.
create policy "Callers and owners read what ran" on public.wasm_executions for select to authenticated using (
  caller = (select auth.uid())
  or (
    ((owner_type = 'user' and owner = (select auth.uid())) or (owner_type <> 'user' and (select hashi.is_admin())))
    and exists (select from public.functions as f where f.id = function_id)
  )
);

create policy "Everyone has their own keys" on hashi.idempotency_keys for select to authenticated using (owner = (select auth.uid()));
create policy "Everyone makes their own keys" on hashi.idempotency_keys for insert to authenticated with check (owner = (select auth.uid()));
