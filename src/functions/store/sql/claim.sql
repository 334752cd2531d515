insert into cron_ticks
select f.id, ?1 ->> 'minute' from functions as f where f.id = ?1 ->> 'id'
on conflict (function_id) do update set minute = excluded.minute where excluded.minute > minute
returning (select doc from function_documents where id = function_id) as doc;
