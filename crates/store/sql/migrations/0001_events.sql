-- What happened, in order: one log that streams and webhooks read. An event is stored in the
-- transaction of what it tells.
CREATE TABLE events (
    -- AUTOINCREMENT: an id is never used again, not even when every event was pruned.
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace INTEGER NOT NULL,
    -- NULL when it is about no batch.
    batch     INTEGER,
    at        INTEGER NOT NULL,
    -- The frequent ones first: every insert is checked, and IN would cost it as much as an index.
    kind      TEXT NOT NULL CHECK (kind = 'call.ended' OR kind = 'recipient.finished'
        OR kind = 'recipient.in_progress' OR kind = 'call.answered'
        OR kind = 'recipient.retry_scheduled' OR kind = 'batch.created'
        OR kind = 'batch.scheduled' OR kind = 'batch.started' OR kind = 'batch.paused'
        OR kind = 'batch.resumed' OR kind = 'batch.completed' OR kind = 'batch.stopped'
        OR kind = 'batch.changed' OR kind = 'destination.limit_reached'
        OR kind = 'suppression.added'),
    -- A JSON object, as clients receive it.
    data      TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_workspace ON events (workspace);
CREATE INDEX events_of_batch ON events (batch) WHERE batch IS NOT NULL;
