-- Some of batch ?1's recipients that a daily limit has wait for the next day: due at ?2.
UPDATE recipients SET due_at = min(due_at, ?2), waits_for = NULL
 WHERE id IN (SELECT id FROM recipients
               WHERE batch = ?1 AND waits_for = 'daily_limit' LIMIT ?3)
