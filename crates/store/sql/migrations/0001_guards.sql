-- Who changed what. Rows are only ever added: what is written down is not taken back.
CREATE TABLE audit_log (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL when the change concerns the installation.
    workspace INTEGER REFERENCES workspaces,
    at        INTEGER NOT NULL,
    -- The public half of a key, or cli, or engine.
    actor     TEXT NOT NULL CHECK (actor <> ''),
    action    TEXT NOT NULL CHECK (action <> ''),
    -- What was changed, such as trunk_3.
    subject   TEXT NOT NULL CHECK (subject <> ''),
    -- JSON without secrets; NULL when there was, or is, nothing.
    before    TEXT,
    after     TEXT
) STRICT;
CREATE INDEX audit_log_of_workspace ON audit_log (workspace, id);
CREATE TRIGGER what_is_written_down_never_changes BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'what is written down never changes');
END;
CREATE TRIGGER what_is_written_down_stays BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'what is written down stays');
END;

-- There as soon as a secret was sealed: opens with the key that sealed it, and with no other.
CREATE TABLE vault (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    proof BLOB NOT NULL
) STRICT;
