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

revoke execute on function public.answered from public, anon, authenticated;
grant execute on function public.answered to authenticated, service_role;
