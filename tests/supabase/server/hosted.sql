-- What a hosted project has beyond bootstrap.sql: the role that migrations run as, postgres, is no superuser and owns neither auth nor storage.
-- After supabase/postgres (migrations/db, ansible/files/postgresql_config) and the restrictions that hold on every project since 21 April 2025. Run by the
-- cluster's first superuser.

-- The CLI makes its own.
drop schema supabase_migrations cascade;

alter event trigger pgrst_ddl_watch owner to supabase_admin;
alter event trigger pgrst_drop_watch owner to supabase_admin;
alter function extensions.pgrst_ddl_watch owner to supabase_admin;
alter schema extensions owner to supabase_admin;
alter schema public owner to pg_database_owner;
grant all on schema public, extensions to postgres;
grant all on database postgres to postgres;

do $$
declare
  service record;
  made text;
begin
  for service in select * from (values ('auth', 'supabase_auth_admin'), ('storage', 'supabase_storage_admin')) as of (schema, admin) loop
    execute format('alter schema %I owner to supabase_admin', service.schema);
    execute format('grant all on schema %I to %I', service.schema, service.admin);
    for made in select oid::regclass from pg_class where relnamespace = service.schema::regnamespace and relkind = 'r' loop
      execute format('alter table %s owner to %I', made, service.admin);
    end loop;
    for made in select oid::regprocedure from pg_proc where pronamespace = service.schema::regnamespace loop
      execute format('alter routine %s owner to %I', made, service.admin);
    end loop;
    execute format('grant usage on schema %I to postgres', service.schema);
    execute format('grant all on all tables in schema %I to postgres', service.schema);
    execute format('grant all on all sequences in schema %I to postgres', service.schema);
    execute format('grant all on all routines in schema %I to postgres', service.schema);
  end loop;
end
$$;

-- Policies on Storage's tables are made by postgres all the same: there the extension supautils lets it (policy_grants). Here postgres is a member of
-- the owner, and what an owner may do beyond that is refused as it would be there.
grant supabase_storage_admin to postgres;

create function extensions.refuse_beyond_policies() returns event_trigger
language plpgsql set search_path = '' as $$
declare
  made text;
begin
  if session_user <> 'postgres' then
    return;
  end if;
  if tg_event = 'sql_drop' then
    select object_identity into made from pg_event_trigger_dropped_objects()
    where original and object_type not in ('policy', 'trigger') and object_identity ~ '(^|\s)(auth|storage)\.';
  else
    select object_identity into made from pg_event_trigger_ddl_commands()
    where command_tag not in ('CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER') and object_identity ~ '(^|\s)(auth|storage)\.';
  end if;
  if made is not null then
    raise insufficient_privilege using message = format('must be owner of %s', made);
  end if;
end
$$;
create event trigger refuse_beyond_policies on ddl_command_end execute function extensions.refuse_beyond_policies();
create event trigger refuse_drops on sql_drop execute function extensions.refuse_beyond_policies();

alter role postgres nosuperuser createdb createrole replication bypassrls;
