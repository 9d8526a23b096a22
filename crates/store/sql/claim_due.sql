-- Due recipients of a lane, the longest due first. Another call to the number makes it busy.
SELECT r.id, r.number, r.attempts_made, r.attempts_recorded, r.uncharged - r.excused, c.cells,
       EXISTS (SELECT 1 FROM slots WHERE workspace = ?6 AND slots.number = r.number) AS busy,
       EXISTS (SELECT 1 FROM suppressions s WHERE s.workspace = ?6 AND s.number = r.number)
           OR EXISTS (SELECT 1 FROM erasures e WHERE e.workspace = ?6 AND e.number = r.number)
           AS suppressed,
       r.due_at
  FROM recipients r
  JOIN recipient_cells c ON c.recipient = r.id
 WHERE r.batch = ?1 AND r.zones = ?2 AND r.retry = ?3 AND r.status = 'pending' AND r.due_at <= ?4
 ORDER BY r.due_at, r.id LIMIT ?5
