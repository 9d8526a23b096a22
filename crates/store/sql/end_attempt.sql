-- Applies only while the attempt is open and belongs to epoch ?9 of node ?8.
UPDATE attempts
   SET ended_at = ?2, outcome = ?3, end_reason = ?4, charged = ?5, evidence = ?6,
       answered_at = coalesce(answered_at, ?7)
 WHERE id = ?1 AND ended_at IS NULL
   AND EXISTS (SELECT 1 FROM slots s
                WHERE s.attempt = ?1 AND s.node = ?8 AND s.node_epoch = ?9)
RETURNING recipient, batch, number_in_row
