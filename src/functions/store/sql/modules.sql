-- Until there is 1 MiB of them.
select doc from (
  select
    doc, version, sum(length(cast(doc as blob))) over (order by version desc rows between unbounded preceding and 1 preceding) as above
  from (
    select doc, version from module_documents
    where function_id = ?1 ->> 'id' and (?1 ->> 'before' is null or version < ?1 ->> 'before')
    order by version desc
    limit (?1 ->> 'limit')
  )
)
where coalesce(above, 0) < 1048576
order by version desc;
