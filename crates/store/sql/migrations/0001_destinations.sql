-- Where a workspace may call: network groups, KYC, suppressions, the operator's rules.

-- Groups beside those of the catalogue, made by the operator.
CREATE TABLE custom_groups (
    id         TEXT PRIMARY KEY,
    country    TEXT NOT NULL,
    name       TEXT NOT NULL CHECK (name <> ''),
    -- A JSON array of digits, each beginning with the country's calling code.
    prefixes   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (country, name)
) STRICT, WITHOUT ROWID;

-- Network groups that a workspace may call through managed trunks.
CREATE TABLE enabled_groups (
    workspace     INTEGER NOT NULL REFERENCES workspaces,
    network_group TEXT NOT NULL,
    PRIMARY KEY (workspace, network_group)
) STRICT, WITHOUT ROWID;
CREATE INDEX enabled_groups_by_group ON enabled_groups (network_group);

-- What a workspace showed of itself to call a regulated country; no row means not submitted.
CREATE TABLE kyc_records (
    workspace    INTEGER NOT NULL REFERENCES workspaces,
    country      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'rejected')),
    -- A JSON array: name, kind, reference and submitted_at of each document.
    documents    TEXT NOT NULL,
    submitted_at INTEGER NOT NULL,
    -- The key that decided, when, and why.
    decided_by   TEXT,
    decided_at   INTEGER,
    note         TEXT,
    PRIMARY KEY (workspace, country),
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX kyc_records_by_state ON kyc_records (state, submitted_at);

-- Numbers that are not to be called.
CREATE TABLE suppressions (
    workspace  INTEGER NOT NULL REFERENCES workspaces,
    number     INTEGER NOT NULL,
    source     TEXT NOT NULL CHECK (source IN ('api', 'file', 'agent')),
    reason     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, number)
) STRICT, WITHOUT ROWID;
-- How many each workspace has: a list of a million is not counted for each page.
CREATE TABLE suppression_counts (
    workspace INTEGER PRIMARY KEY REFERENCES workspaces,
    numbers   INTEGER NOT NULL CHECK (numbers >= 0)
) STRICT;
CREATE TRIGGER suppressions_are_counted AFTER INSERT ON suppressions
BEGIN
    INSERT INTO suppression_counts (workspace, numbers) VALUES (NEW.workspace, 1)
        ON CONFLICT DO UPDATE SET numbers = numbers + 1;
END;
CREATE TRIGGER suppressions_are_forgotten AFTER DELETE ON suppressions
BEGIN
    UPDATE suppression_counts SET numbers = numbers - 1 WHERE workspace = OLD.workspace;
END;

-- The operator's rules as one JSON document; no row means the defaults.
CREATE TABLE operator_settings (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    settings TEXT NOT NULL
) STRICT;

-- Changes whenever a policy may have changed, so that one that is kept in memory is known to be
-- old. Random, so that a change that was undone never looks like the next one.
CREATE TABLE policy_version (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO policy_version (one, version) VALUES (1, random());

-- What a workspace used of its daily limits for countries that are not the operator's own.
CREATE TABLE destination_usage (
    workspace  INTEGER NOT NULL REFERENCES workspaces,
    -- Days since 1970-01-01, UTC.
    day        INTEGER NOT NULL,
    attempts   INTEGER NOT NULL CHECK (attempts >= 0),
    talk_ms    INTEGER NOT NULL CHECK (talk_ms >= 0),
    -- When the first call had to wait for the next day.
    reached_at INTEGER,
    PRIMARY KEY (workspace, day)
) STRICT, WITHOUT ROWID;
