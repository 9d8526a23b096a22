UPDATE recipients
   SET status = 'pending', due_at = max(due_at, ?2), attempts_recorded = attempts_recorded - 1
 WHERE id = ?1
RETURNING due_at
