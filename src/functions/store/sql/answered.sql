select json_object('request', request, 'function', json(function)) as doc
from idempotency_keys where caller = ?1 ->> 'caller' and key = ?1 ->> 'key';
