select coalesce(sum(bytes), 0) as doc from history_bytes where ?1 ->> 'id' is null or function_id = ?1 ->> 'id';
