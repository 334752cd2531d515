delete from artifacts where sha256 = ?1 ->> 'sha256' and state = 'collecting';
