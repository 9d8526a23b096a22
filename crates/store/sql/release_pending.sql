UPDATE recipients SET status = 'pending', attempts_recorded = attempts_recorded - 1
 WHERE id = ?1
RETURNING due_at
