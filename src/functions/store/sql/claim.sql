insert into cron_ticks
select f.id, c.value ->> 'minute'
from json_each(?1, '$.claims') as c join functions as f on f.id = c.value ->> 'id'
where true
on conflict (function_id) do update set minute = excluded.minute where excluded.minute > minute
returning (select doc from function_documents where id = function_id) as doc;
