SELECT r.id, r.status, r.number, r.phone_cell, r.digits, r.results, c.cells
  FROM recipients r
  JOIN recipient_cells c ON c.recipient = r.id
 WHERE r.id > ?1 AND r.id < ?2 ORDER BY r.id
