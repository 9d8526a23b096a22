-- What happened, in order: one log that streams and webhooks read. An event is stored in the
-- transaction of what it tells.
CREATE TABLE events (
    -- AUTOINCREMENT: an id is never used again, not even when every event was pruned.
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace INTEGER NOT NULL,
    -- NULL when it is about no batch.
    batch     INTEGER,
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('batch.created', 'batch.scheduled', 'batch.started',
        'batch.paused', 'batch.resumed', 'batch.completed', 'batch.stopped', 'batch.changed',
        'recipient.in_progress', 'recipient.retry_scheduled', 'recipient.finished',
        'call.answered', 'call.ended', 'destination.limit_reached', 'suppression.added')),
    -- A JSON object, as clients receive it.
    data      TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_workspace ON events (workspace);
CREATE INDEX events_of_batch ON events (batch) WHERE batch IS NOT NULL;
