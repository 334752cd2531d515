select doc from module_documents
where function_id = ?1 ->> 'id' and (?1 ->> 'before' is null or version < ?1 ->> 'before')
order by version desc
limit (?1 ->> 'limit');
