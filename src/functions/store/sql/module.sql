select doc from module_documents where function_id = ?1 ->> 'id' and version = ?1 ->> 'version';
