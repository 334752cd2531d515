select doc from function_documents where id = ?1 ->> 'id' or name = ?1 ->> 'name';
