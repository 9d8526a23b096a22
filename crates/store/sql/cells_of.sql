-- Without end reasons everybody but those whose number does not exist; with them those whose last
-- call ended so, and those who were never called.
SELECT r.position, c.cells
  FROM recipients r
  JOIN recipient_cells c ON c.recipient = r.id
  LEFT JOIN attempts a ON a.recipient = r.id AND a.number_in_row = r.attempts_recorded
 WHERE r.id > ?1 AND r.id < ?2 AND r.status IN (SELECT value FROM json_each(?3))
   AND r.erased_at IS NULL
   AND CASE WHEN a.id IS NULL THEN 1
            WHEN ?4 IS NULL THEN a.end_reason IS NOT 'invalid_number'
            ELSE a.end_reason IN (SELECT value FROM json_each(?4)) END
 ORDER BY r.id LIMIT ?5
