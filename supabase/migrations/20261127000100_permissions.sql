-- What users write into these tables themselves, past the Worker, is what the Worker can read: one row that it can't would otherwise spoil every list that
-- holds it, and the clock's claim to it. Each function here says what a parser of the Worker takes, and what both have to say is in
-- tests/fixtures/settings.json. Never an error and never null, so that a check decides.

-- An IPv6 address without its brackets (src/executor/gateway/host.rs), with an IPv4 address in its last two groups or without.
create function hashi.is_ipv6(address text) returns boolean
language sql immutable as $$
  select coalesce(
    a.groups ~ '^([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}$'
    or (
      a.groups ~ '^([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*)?::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*)?$'
      and cardinality(array_remove(string_to_array(a.groups, ':'), '')) <= 7
    ),
    false
  )
  from (
    select regexp_replace(
      address, ':((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$', ':0:0'
    ) as groups
  ) as a
$$;

-- A host pattern (src/executor/gateway/pattern.rs). Percent-escapes and the odd spellings of IPv4 addresses, which the Worker reads and never writes, are
-- left out.
create function hashi.is_host_pattern(pattern text) returns boolean
language sql immutable as $$
  select coalesce(
    case
      when pattern = '*' then true
      when pattern ~ '^\[.*\]$' then hashi.is_ipv6(substr(pattern, 2, length(pattern) - 2))
      when pattern ~ '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.?$' then true
      -- A name doesn't end in a number.
      else p.name ~ '^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$' and octet_length(p.name) <= 253
        and p.name !~ '(^|\.)([0-9]+|0[xX][0-9A-Fa-f]*)$'
    end,
    false
  )
  from (select regexp_replace(regexp_replace(pattern, '^\*\.', ''), '\.$', '') as name) as p
$$;

-- Whether it is an array whose elements are all texts.
create function hashi.is_texts(list jsonb) returns boolean
language sql immutable as $$
  select case when jsonb_typeof(list) = 'array' then
    not exists (select from jsonb_array_elements(list) as element where jsonb_typeof(element) <> 'string')
  else false end
$$;

-- Permissions (src/functions/permissions.rs): what is left out has its default, and what isn't known is refused.
create function hashi.are_permissions(permissions jsonb) returns boolean
language sql immutable as $$
  select case when jsonb_typeof(permissions) = 'object' then
    permissions - array['allowed_http_hosts', 'http_enabled', 'max_http_requests', 'logging_enabled'] = '{}'
    and coalesce(jsonb_typeof(permissions -> 'http_enabled'), 'boolean') = 'boolean'
    and coalesce(jsonb_typeof(permissions -> 'logging_enabled'), 'boolean') = 'boolean'
    and coalesce(jsonb_typeof(permissions -> 'max_http_requests'), 'number') = 'number'
    and coalesce(permissions ->> 'max_http_requests', '1') ~ '^([1-9][0-9]?|100)$'
    and case
      when permissions -> 'allowed_http_hosts' is null then true
      when hashi.is_texts(permissions -> 'allowed_http_hosts') then
        jsonb_array_length(permissions -> 'allowed_http_hosts') <= 64
        and not exists (
          select from jsonb_array_elements_text(permissions -> 'allowed_http_hosts') as host where not hashi.is_host_pattern(host)
        )
      else false
    end
  else false end
$$;

-- A schedule (src/functions/cron.rs): five fields, each a list of `*`, a number or a range, with a step or without.
create function hashi.is_schedule(cron text) returns boolean
language sql immutable as $$
  select coalesce(octet_length(cron) <= 256 and cardinality(f.fields) = 5, false) and not exists (
    select
    from unnest(f.fields) with ordinality as given (field, at)
      join (values (1, 0, 59), (2, 0, 23), (3, 1, 31), (4, 1, 12), (5, 0, 7)) as allowed (at, least, most) using (at)
      cross join unnest(string_to_array(given.field, ',')) as part
      cross join regexp_match(part, '^(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?$') as m
    where m is null
      or not coalesce(
        m[1]::integer between allowed.least and allowed.most and coalesce(m[2]::integer, allowed.most) between m[1]::integer and allowed.most, true
      )
      or m[3]::integer = 0
  )
  from (select regexp_split_to_array(btrim(cron, E' \t\n\f\r'), '[ \t\n\f\r]+') as fields) as f
$$;

-- What prepare made of a module (src/functions/module.rs).
create function hashi.is_prepared(prepared jsonb) returns boolean
language sql immutable as $$
  select case when jsonb_typeof(prepared) = 'object' then
    coalesce(
      jsonb_typeof(prepared -> 'prepare') = 'number' and prepared ->> 'prepare' ~ '^(0|[1-9][0-9]{0,8})$'
      and jsonb_typeof(prepared -> 'bundle') = 'string' and prepared ->> 'bundle' ~ '^[0-9a-f]{64}$'
      and hashi.is_texts(prepared -> 'worlds') and hashi.is_texts(prepared -> 'types')
      and case when jsonb_typeof(prepared -> 'exports') = 'array' then
        not exists (
          select from jsonb_array_elements(prepared -> 'exports') as export
          where jsonb_typeof(export -> 'name') is distinct from 'string' or jsonb_typeof(export -> 'signature') is distinct from 'string'
        )
      end,
      false
    )
  else false end
$$;

-- What is there and can't be read did nobody any good: such a function was never called nor shown. It gets what is safe, which is nothing: no
-- permissions, no schedule, and a module that has to be uploaded again before it is called. So does a function whose hosts somebody wrote past the Worker with
-- escapes or in odd spellings of IPv4, which it could read: they are to be written plainly again.
update public.functions set permissions = '{}' where not hashi.are_permissions(permissions);
update public.functions set cron = null where not hashi.is_schedule(cron);
update public.wasm_modules set prepared = null where prepared is not null and not hashi.is_prepared(prepared);

alter table public.functions
  add constraint functions_permissions_are_some check (hashi.are_permissions(permissions)),
  add constraint functions_cron_is_a_schedule check (cron is null or hashi.is_schedule(cron));
alter table public.wasm_modules
  add constraint wasm_modules_prepared_is_read check (prepared is null or hashi.is_prepared(prepared));
