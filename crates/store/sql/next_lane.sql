-- The lane behind (?2, ?3) and when its first recipient is due: one seek in the index, however many
-- recipients are pending.
SELECT r.zones, r.retry, r.due_at, r.waits_for, z.names
  FROM recipients r JOIN zone_sets z ON z.id = r.zones
 WHERE r.batch = ?1 AND r.status = 'pending' AND (r.zones, r.retry) > (?2, ?3)
 ORDER BY r.zones, r.retry, r.due_at LIMIT 1
