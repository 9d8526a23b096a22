-- Some of a stopped batch's pending recipients: never dialed, or their last attempt's status.
UPDATE recipients
   SET status = CASE WHEN attempts_made = 0 THEN 'cancelled' ELSE otherwise END,
       due_at = NULL, waits_for = NULL, otherwise = NULL
 WHERE id IN (SELECT id FROM recipients WHERE batch = ?1 AND status = 'pending' LIMIT ?2)
