-- Uploads and activations may be repeated under an idempotency key as well: what was answered to them is kept as it is for a function that is made.

-- What was answered to the caller's request that first came with this key, as {request, function}, or null.
create function public.answered(caller text, key text) returns json
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  perform hashi.check_session();
  return (
    select json_build_object('request', k.request, 'function', k.function)
    from hashi.idempotency_keys as k
    where k.owner = coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000')
      and k.caller = answered.caller and k.key = answered.key
  );
end
$$;

-- Keeps what is answered to the caller's request, unless one came with this key before.
create function public.keep_answer(caller text, key text, request text, answer json) returns void
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  mine uuid := coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000');
begin
  perform hashi.check_session();
  -- What the Worker keeps has some 1 KB: a table of keys is no place to put things.
  if octet_length(keep_answer.answer::text) > 65536 then
    raise exception using errcode = '22001', message = 'an answer that is kept has at most 65536 bytes';
  end if;
  insert into hashi.idempotency_keys (owner, caller, key, request, function)
  values (mine, keep_answer.caller, keep_answer.key, hashi.request_kept(keep_answer.request), keep_answer.answer)
  on conflict do nothing;
  -- As in create_function.
  delete from hashi.idempotency_keys as k where k.owner = mine and (k.caller, k.key) in (
    select o.caller, o.key from hashi.idempotency_keys as o
    where o.owner = mine
    order by (o.caller = keep_answer.caller and o.key = keep_answer.key) desc, o.created_at desc offset 100
  );
end
$$;

revoke execute on function public.answered, public.keep_answer from public, anon, authenticated;
grant execute on function public.answered, public.keep_answer to authenticated, service_role;
