-- A module is added while its bytes are kept: not after a sweep took them for removal. (public.add_module asks: 20261127000800.)

-- Whether the bytes of a hash are kept until the end of the transaction. Where no row knows of the hash, the policies and triggers ask for a user whether they
-- are stored; for the service role nobody else does.
create function hashi.are_kept(sha256 text, function_id uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  known text;
begin
  select a.state into known from hashi.artifacts as a where a.sha256 = are_kept.sha256 for no key update;
  if known is null and auth.role() = 'service_role' then
    return exists (
      select from storage.objects
      where bucket_id = 'private_uploads' and name = 'modules/' || are_kept.sha256 || '/' || are_kept.function_id
    );
  end if;
  return known is distinct from 'collecting';
end
$$;

-- However it is added.
create or replace function hashi.module_kept() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into hashi.artifacts as a (sha256, state) values (new.sha256, 'stored')
  on conflict (sha256) do update set state = 'stored', touched_at = now(), used = false where a.state <> 'collecting';
  if not found then
    perform hashi.refuse('the same bytes are being removed at this moment; try again in a minute');
  end if;
  delete from hashi.left_modules where function_id = new.function_id and sha256 = new.sha256;
  return null;
end
$$;
