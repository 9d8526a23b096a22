UPDATE recipients
   SET status = CASE WHEN attempts_made = 0 THEN 'cancelled' ELSE otherwise END,
       due_at = NULL, otherwise = NULL, attempts_recorded = attempts_recorded - 1
 WHERE id = ?1
