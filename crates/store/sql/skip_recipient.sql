-- A pending recipient that may not be called any more.
UPDATE recipients SET status = 'skipped', reason = ?2, due_at = NULL, waits_for = NULL,
                      otherwise = NULL
 WHERE id = ?1
