select json_object('id', f.id, 'owner', f.owner, 'cron', f.cron, 'after', max(f.updated_at, coalesce(t.minute, ''))) as doc
from functions as f left join cron_ticks as t on t.function_id = f.id
where f.cron is not null and f.active_version is not null and ?1 is not null;
