-- What is kept of a call beside its attempt, and the order in which calls are shown.

-- The SIP messages of a call, packed (sqlite/call_logs.rs).
CREATE TABLE ladders (
    attempt INTEGER PRIMARY KEY REFERENCES attempts ON DELETE CASCADE,
    packed  BLOB NOT NULL
) STRICT;

-- The sound of a call, in a file beside the database.
CREATE TABLE recordings (
    attempt     INTEGER PRIMARY KEY REFERENCES attempts ON DELETE CASCADE,
    file        TEXT NOT NULL,
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    lost_ms     INTEGER NOT NULL CHECK (lost_ms >= 0)
) STRICT;

-- A call is an attempt that was dialed, and calls are shown newest first: one index for each way
-- to ask for them. What is asked for in addition is looked for along that way.
CREATE INDEX calls_of_workspace ON attempts (workspace, dialed_at, id, number)
    WHERE dialed_at IS NOT NULL;
CREATE INDEX calls_of_batch ON attempts (workspace, batch, dialed_at, id, number)
    WHERE dialed_at IS NOT NULL;
CREATE INDEX calls_by_outcome ON attempts (workspace, outcome, dialed_at, id, number)
    WHERE dialed_at IS NOT NULL AND outcome IS NOT NULL;
CREATE INDEX calls_by_end_reason ON attempts (workspace, end_reason, dialed_at, id, number)
    WHERE dialed_at IS NOT NULL AND end_reason IS NOT NULL;
CREATE INDEX calls_by_answered_by ON attempts (workspace, answered_by, dialed_at, id, number)
    WHERE dialed_at IS NOT NULL AND answered_by IS NOT NULL;
