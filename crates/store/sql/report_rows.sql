SELECT r.position, c.cells, r.status, r.reason, r.attempts_made, r.digits, r.results,
       a.id AS attempt, a.outcome
  FROM recipients r
  JOIN recipient_cells c ON c.recipient = r.id
  LEFT JOIN attempts a ON a.recipient = r.id AND a.number_in_row = r.attempts_recorded
 WHERE r.id > ?1 AND r.id < ?2
 ORDER BY r.id LIMIT ?3
