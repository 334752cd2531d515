-- A sweep takes what nobody takes beside it: two that ran at once could remove bytes that were stored again in between.

-- Takes the hashes that no module uses and nobody began to store in the last `seconds`, and those that a sweep took longer ago and didn't finish; at most 500.
create or replace function public.collect_artifacts(seconds integer) returns setof text
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
  return query
  update hashi.artifacts as a set state = 'collecting', touched_at = now()
  where a.sha256 in (
    select b.sha256 from hashi.artifacts as b
    where b.touched_at <= now() - make_interval(secs => seconds)
      and (b.state = 'collecting' or not exists (select from public.wasm_modules as m where m.sha256 = b.sha256))
    order by b.touched_at
    limit 500
    for update skip locked
  )
  returning a.sha256;
end
$$;
