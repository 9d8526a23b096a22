-- ?1 is the batch's first possible identity, ?2 how many rows to delete at once.
DELETE FROM recipients WHERE id IN
    (SELECT id FROM recipients WHERE id > ?1 AND id < ?1 + 1000000000 ORDER BY id LIMIT ?2)
