-- What is known of a module has up to some hundred KiB, and a hundred of them are more than one answer should hold.

-- A function's modules, the newest first, those before the version `before`, until there is 1 MiB of them: at least one, if there is one.
create or replace function public.list_modules(function_id uuid, before integer default null, most integer default 50) returns setof json
language sql stable set search_path = '' as $$
  select l.doc from (
    select
      version, doc,
      sum(octet_length(doc::text)) over (order by version desc rows between unbounded preceding and 1 preceding) as above
    from (
      select m.version, hashi.module_document(m) as doc from public.wasm_modules as m
      where m.function_id = list_modules.function_id and (list_modules.before is null or m.version < list_modules.before)
      order by m.version desc limit least(list_modules.most, 1000)
    ) as page
  ) as l
  where coalesce(l.above, 0) < 1048576
  order by l.version desc
$$;
