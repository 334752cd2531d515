update artifacts set touched_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
where sha256 in (select sha256 from wasm_modules where function_id = ?1 ->> 'id');
delete from functions where id = ?1 ->> 'id' and revision = ?1 ->> 'expected' returning 'true' as doc;
select 'true' as doc from functions where id = ?1 ->> 'id';
