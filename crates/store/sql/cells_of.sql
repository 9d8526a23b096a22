SELECT r.position, c.cells
  FROM recipients r
  JOIN recipient_cells c ON c.recipient = r.id
 WHERE r.id > ?1 AND r.id < ?2 AND r.status IN (SELECT value FROM json_each(?3))
   AND r.erased_at IS NULL
 ORDER BY r.id LIMIT ?4
