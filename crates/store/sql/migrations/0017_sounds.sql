-- Sounds that agents play instead of speaking: what a workspace uploaded, as it sounds on the
-- telephone (8 kHz, mono, 16 bit).
CREATE TABLE sounds (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace   INTEGER NOT NULL REFERENCES workspaces,
    -- As agent versions write it: it ends in .wav.
    name        TEXT NOT NULL CHECK (name <> ''),
    duration_ms INTEGER NOT NULL CHECK (duration_ms > 0),
    created_at  INTEGER NOT NULL,
    -- The last column, so that a list reads none of it.
    wav         BLOB NOT NULL,
    UNIQUE (workspace, name)
) STRICT;
