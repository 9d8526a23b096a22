SELECT position, phone_cell, reason FROM recipients
 WHERE batch = ?1 AND status = 'skipped' AND id > ?2 AND phone_cell IS NOT NULL
 ORDER BY id LIMIT ?3
