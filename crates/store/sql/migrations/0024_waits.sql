-- What a pending recipient waits for until due_at, when that is more than the passing of time:
-- 'daily_limit' is the next day, because the workspace's limits for this one are used up.
ALTER TABLE recipients ADD COLUMN waits_for TEXT CHECK (waits_for IS NULL OR status = 'pending');
CREATE INDEX recipients_waiting ON recipients (batch, waits_for) WHERE waits_for IS NOT NULL;

-- So far, only recipients beyond a daily limit were due at exactly 00:00 UTC.
UPDATE recipients SET waits_for = 'daily_limit'
 WHERE batch IN (SELECT id FROM batches WHERE finished_at IS NULL)
   AND status = 'pending' AND due_at > 0 AND due_at % 86400000000 = 0;
