SELECT r.position, r.phone_cell, r.reason, r.cause, c.cells
  FROM recipients r
  JOIN recipient_cells c ON c.recipient = r.id
 WHERE r.batch = ?1 AND r.status = 'skipped' AND r.id > ?2 AND r.phone_cell IS NOT NULL
 ORDER BY r.id LIMIT ?3
