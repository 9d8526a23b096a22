-- What is told of a batch beside the statuses of its people.

-- Rows that were rejected before launch. They stay as they are, so they are counted once.
ALTER TABLE batches ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected >= 0);
UPDATE batches SET rejected =
    (SELECT count(*) FROM recipients r WHERE r.batch = batches.id AND r.phone_cell IS NOT NULL);

-- Whether it is a call with which somebody tries an agent, and stands apart from the batches.
ALTER TABLE batches ADD COLUMN test INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1));

-- The few calls that ended in trouble: those that were cut, and those that somebody had answered.
CREATE INDEX attempts_cut ON attempts (batch, recipient) WHERE outcome = 'interrupted';
CREATE INDEX attempts_failed_in_talk ON attempts (batch, recipient)
    WHERE outcome = 'failed' AND answered_at IS NOT NULL;
