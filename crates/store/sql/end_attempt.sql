-- Applies only while the attempt is open: whoever settles first has settled.
UPDATE attempts
   SET ended_at = ?2, outcome = ?3, end_reason = ?4, charged = ?5, evidence = ?6,
       answered_at = coalesce(answered_at, ?7)
 WHERE id = ?1 AND ended_at IS NULL
RETURNING recipient, batch, number_in_row
