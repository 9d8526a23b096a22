SELECT z.names, r.retry, count(*), min(r.due_at), max(r.due_at)
  FROM recipients r JOIN zone_sets z ON z.id = r.zones
 WHERE r.batch = ?1 AND r.status = 'pending' GROUP BY r.zones, r.retry
