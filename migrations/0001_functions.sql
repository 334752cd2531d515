-- Functions, their modules, and what is known of stored bytes. Times are RFC 3339 in UTC, so that they sort as text.

create table functions (
  id text primary key,
  name text not null unique,
  owner_type text not null check (owner_type in ('system', 'admin', 'user')),
  owner text,
  entrypoint text not null,
  runtime text not null,
  memory_pages integer not null,
  max_execution_ms integer not null,
  max_fuel integer not null,
  visibility text not null check (visibility in ('private', 'public')),
  "trigger" text not null check ("trigger" in ('none', 'signed_in', 'anonymous')),
  cron text,
  permissions text not null check (json_valid(permissions)),
  active_version integer,
  revision integer not null,
  created_at text not null,
  updated_at text not null
) strict;

create index functions_owner on functions (owner, owner_type);

create table wasm_modules (
  function_id text not null references functions (id) on delete cascade,
  version integer not null,
  sha256 text not null,
  size integer not null,
  kind text not null check (kind in ('core', 'component')),
  -- What prepare made of it; null until it was prepared.
  prepared text check (json_valid(prepared)),
  created_at text not null,
  primary key (function_id, version),
  unique (function_id, sha256)
) strict;

create index wasm_modules_sha256 on wasm_modules (sha256);

-- One row for each content key that may exist in the object store, made before the object is: so whatever a crash leaves behind is known here.
create table artifacts (
  sha256 text primary key,
  -- pending: perhaps not stored yet; stored: a module uses or used it; collecting: being removed, nobody may begin to use it.
  state text not null check (state in ('pending', 'stored', 'collecting')),
  touched_at text not null
) strict;

create index artifacts_touched_at on artifacts (touched_at);

create table idempotency_keys (
  caller text not null,
  key text not null,
  request text not null,
  function text not null check (json_valid(function)),
  created_at text not null,
  primary key (caller, key)
) strict;

create index idempotency_keys_created_at on idempotency_keys (created_at);

-- A function as the API shows it.
create view function_documents as
select
  id, name, owner_type, owner, visibility,
  json_object(
    'id', id, 'name', name, 'owner_type', owner_type, 'owner', owner, 'entrypoint', entrypoint, 'runtime', runtime,
    'memory_pages', memory_pages, 'max_execution_ms', max_execution_ms, 'max_fuel', max_fuel, 'visibility', visibility,
    'trigger', "trigger", 'cron', cron, 'permissions', json(permissions), 'active_version', active_version,
    'revision', revision, 'created_at', created_at, 'updated_at', updated_at
  ) as doc
from functions;

-- A module as the API shows it.
create view module_documents as
select
  function_id, version, sha256,
  json_object(
    'version', version, 'sha256', sha256, 'size', size, 'kind', kind, 'prepared', json(prepared), 'created_at', created_at
  ) as doc
from wasm_modules;
