SELECT due_at, waits_for FROM recipients
 WHERE batch = ?1 AND zones = ?2 AND retry = ?3 AND status = 'pending'
 ORDER BY due_at LIMIT 1
