-- Endpoints of workspaces and what was delivered to them.

CREATE TABLE webhooks (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace       INTEGER NOT NULL REFERENCES workspaces,
    url             TEXT NOT NULL,
    description     TEXT NOT NULL,
    -- Names of event kinds, a JSON array.
    events          TEXT NOT NULL CHECK (json_array_length(events) > 0),
    -- Sealed.
    -- What signs, sealed.
    secret          BLOB NOT NULL,
    enabled         INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    -- Why it was disabled, when not by hand.
    disabled_reason TEXT CHECK (disabled_reason IN ('gone', 'failing')),
    -- Since when it has taken nothing.
    failing_since   INTEGER,
    -- The last event that was turned into a delivery, or passed over.
    cursor          INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    CHECK (enabled = 0 OR disabled_reason IS NULL)
) STRICT;
CREATE INDEX webhooks_of_workspace ON webhooks (workspace);

CREATE TABLE webhook_deliveries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook      INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    -- The event it tells; NULL for a test.
    event        INTEGER,
    kind         TEXT NOT NULL,
    body         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    due_at       INTEGER,
    tries        INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    -- Since when it is tried: a redelivery begins anew.
    first_at     INTEGER,
    last_at      INTEGER,
    last_status  INTEGER,
    last_error   TEXT,
    duration_ms  INTEGER,
    created_at   INTEGER NOT NULL,
    UNIQUE (webhook, event),
    CHECK ((state = 'pending') = (due_at IS NOT NULL))
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (last_at) WHERE state <> 'pending';
