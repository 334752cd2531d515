      and e.started_at >= coalesce(?1 ->> 'since', '')
      and e.started_at <= min(coalesce(?1 ->> 'after_time', '~'), coalesce(?1 ->> 'until', '~'))
      and (?1 ->> 'until' is null or +e.started_at < ?1 ->> 'until')
      and (?1 ->> 'after_id' is null or (+e.started_at, e.id) < (?1 ->> 'after_time', ?1 ->> 'after_id'))
      and (?1 ->> 'status' is null or e.status = ?1 ->> 'status')
      and (?1 ->> 'code' is null or e.code = ?1 ->> 'code')
    order by e.started_at desc, e.id desc
    limit (?1 ->> 'most')
