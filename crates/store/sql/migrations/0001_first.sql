-- Instants are integer microseconds UTC. Closed sets are CHECKs, invariants are constraints:
-- what the schema refuses, no bug above it can store.

-- Call-IDs begin with it, so that two databases never give out the same one.
CREATE TABLE instance (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id  INTEGER NOT NULL
) STRICT;
INSERT INTO instance (one, id) VALUES (1, random());

CREATE TABLE workspaces (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    name                 TEXT NOT NULL UNIQUE CHECK (name <> ''),
    max_concurrent_calls INTEGER NOT NULL CHECK (max_concurrent_calls >= 0),
    -- The caller ID of batches that name none.
    default_phone_number INTEGER REFERENCES phone_numbers ON DELETE SET NULL,
    created_at           INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    workspace    INTEGER NOT NULL REFERENCES workspaces,
    secret_hash  BLOB NOT NULL CHECK (length(secret_hash) = 32),
    scope        TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'admin', 'operator')),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    expires_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_of_workspace ON api_keys (workspace);

CREATE TABLE trunks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL: managed, it belongs to the installation and workspaces share it.
    workspace  INTEGER REFERENCES workspaces,
    name       TEXT NOT NULL,
    settings   TEXT NOT NULL,
    -- The password, sealed.
    secret     BLOB,
    max_calls  INTEGER NOT NULL GENERATED ALWAYS AS (settings ->> 'max_calls') VIRTUAL,
    created_at INTEGER NOT NULL,
    CHECK ((workspace IS NULL) = (settings ->> 'kind' = 'managed')),
    UNIQUE (workspace, name)
) STRICT;
CREATE UNIQUE INDEX names_of_managed_trunks ON trunks (name) WHERE workspace IS NULL;

CREATE TABLE phone_numbers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace  INTEGER NOT NULL REFERENCES workspaces,
    number     INTEGER NOT NULL,
    label      TEXT NOT NULL,
    trunk      INTEGER REFERENCES trunks,
    created_at INTEGER NOT NULL,
    UNIQUE (workspace, number)
) STRICT;
CREATE INDEX phone_numbers_of_trunk ON phone_numbers (trunk);

CREATE TABLE agents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace  INTEGER NOT NULL REFERENCES workspaces,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX agents_of_workspace ON agents (workspace);

CREATE TABLE agent_versions (
    agent        INTEGER NOT NULL REFERENCES agents,
    number       INTEGER NOT NULL CHECK (number >= 1),
    status       TEXT NOT NULL CHECK (status IN ('draft', 'published')),
    settings     TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    published_at INTEGER,
    PRIMARY KEY (agent, number),
    CHECK ((status = 'published') = (published_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE TRIGGER a_published_version_never_changes BEFORE UPDATE ON agent_versions
WHEN OLD.status = 'published'
BEGIN
    SELECT RAISE(ABORT, 'a published version never changes');
END;

CREATE TABLE batches (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace       INTEGER NOT NULL REFERENCES workspaces,
    name            TEXT NOT NULL,
    phone_number    INTEGER NOT NULL REFERENCES phone_numbers,
    agent           INTEGER NOT NULL,
    agent_version   INTEGER NOT NULL,
    columns         TEXT NOT NULL,
    settings        TEXT NOT NULL,
    file_name       TEXT NOT NULL,
    default_country TEXT,
    duplicates      TEXT NOT NULL CHECK (duplicates IN ('allow', 'reject')),
    state           TEXT NOT NULL CHECK (state IN
        ('draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled')),
    -- Why it was cancelled, when not by hand.
    reason          TEXT CHECK (reason IN ('ended')),
    created_at      INTEGER NOT NULL,
    -- NULL while its file is being read: until then nobody sees the batch.
    imported_at     INTEGER,
    started_at      INTEGER,
    finished_at     INTEGER,
    -- Recipients that waited for a retry when the batch was stopped.
    stopped_retries INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (agent, agent_version) REFERENCES agent_versions,
    CHECK (imported_at IS NOT NULL OR state = 'draft'),
    CHECK ((state IN ('completed', 'cancelled')) = (finished_at IS NOT NULL))
) STRICT;
-- The few that run now, whosever they are.
CREATE INDEX batches_running ON batches (id) WHERE state = 'running';
CREATE INDEX batches_of_workspace ON batches (workspace, state);
CREATE INDEX batches_of_phone_number ON batches (phone_number);
CREATE INDEX batches_of_agent ON batches (agent, agent_version);
CREATE TRIGGER a_final_batch_stays_final BEFORE UPDATE OF state ON batches
WHEN OLD.state IN ('completed', 'cancelled') AND NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'a final batch stays final');
END;

-- Sets of time zones, named once: a toll-free number may be in forty zones.
CREATE TABLE zone_sets (
    id    INTEGER PRIMARY KEY,
    names TEXT NOT NULL UNIQUE
) STRICT;

-- One row per row of the file. The identity says where it is from, so that the file's order is
-- the table's order and (batch, position) is unique without an index.
CREATE TABLE recipients (
    id                INTEGER PRIMARY KEY CHECK (id = batch * 1000000000 + position),
    batch             INTEGER NOT NULL REFERENCES batches,
    position          INTEGER NOT NULL CHECK (position > 0 AND position < 1000000000),
    -- The digits of E.164. NULL when the cell had no number.
    number            INTEGER,
    zones             INTEGER NOT NULL REFERENCES zone_sets,
    status            TEXT NOT NULL CHECK (status IN ('pending', 'in_progress', 'completed',
        'no_answer', 'voicemail', 'failed', 'skipped', 'cancelled')),
    due_at            INTEGER,
    -- The status it gets when the batch stops while it waits for a retry.
    otherwise         TEXT CHECK (otherwise IN ('no_answer', 'voicemail', 'failed')),
    attempts_made     INTEGER NOT NULL DEFAULT 0 CHECK (attempts_made >= 0),
    attempts_recorded INTEGER NOT NULL DEFAULT 0 CHECK (attempts_recorded >= 0),
    uncharged         INTEGER NOT NULL DEFAULT 0 CHECK (uncharged >= 0),
    -- Why it was skipped.
    reason            TEXT,
    -- What the file said where a number should be, of a row that was rejected before launch.
    phone_cell        TEXT,
    retry             INTEGER NOT NULL GENERATED ALWAYS AS (attempts_recorded > 0) VIRTUAL,
    CHECK (attempts_recorded = attempts_made + uncharged + (status = 'in_progress')),
    CHECK (status NOT IN ('pending', 'in_progress') OR (due_at IS NOT NULL AND number IS NOT NULL)),
    CHECK (status <> 'pending' OR attempts_made = 0 OR otherwise IS NOT NULL),
    CHECK ((status = 'skipped') = (reason IS NOT NULL)),
    CHECK (phone_cell IS NULL OR status = 'skipped')
) STRICT;
CREATE INDEX recipients_by_status ON recipients (batch, status);
CREATE INDEX recipients_pending ON recipients (batch, zones, retry, due_at)
    WHERE status = 'pending';
CREATE INDEX recipients_rejected ON recipients (batch, reason) WHERE phone_cell IS NOT NULL;
CREATE TRIGGER a_final_recipient_stays_final BEFORE UPDATE OF status ON recipients
WHEN OLD.status NOT IN ('pending', 'in_progress') AND NEW.status <> OLD.status
BEGIN
    SELECT RAISE(ABORT, 'a final recipient stays final');
END;

-- The cells of each row as a JSON array, apart: a status that changes does not rewrite them.
CREATE TABLE recipient_cells (
    recipient INTEGER PRIMARY KEY REFERENCES recipients ON DELETE CASCADE,
    cells     TEXT NOT NULL
) STRICT;

-- How many recipients are in each status, kept by the trigger below and by the import.
CREATE TABLE batch_progress (
    batch      INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    status     TEXT NOT NULL,
    -- Whether attempts_made > 0.
    tried      INTEGER NOT NULL CHECK (tried IN (0, 1)),
    recipients INTEGER NOT NULL CHECK (recipients >= 0),
    PRIMARY KEY (batch, status, tried)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER progress_follows_status AFTER UPDATE OF status, attempts_made ON recipients
BEGIN
    UPDATE batch_progress SET recipients = recipients + 1
     WHERE batch = NEW.batch AND status = NEW.status AND tried = (NEW.attempts_made > 0);
    UPDATE batch_progress SET recipients = recipients - 1
     WHERE batch = OLD.batch AND status = OLD.status AND tried = (OLD.attempts_made > 0);
END;

-- How many recipients reached their n-th attempt, and how many such attempts are on record.
CREATE TABLE batch_rounds (
    batch     INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    round     INTEGER NOT NULL CHECK (round >= 1),
    attempted INTEGER NOT NULL CHECK (attempted >= 0),
    total     INTEGER NOT NULL CHECK (total >= attempted),
    PRIMARY KEY (batch, round)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    -- AUTOINCREMENT: never used again, not even when the attempt is given back.
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient     INTEGER NOT NULL REFERENCES recipients,
    batch         INTEGER NOT NULL,
    workspace     INTEGER NOT NULL,
    trunk         INTEGER NOT NULL,
    -- The number that was dialed.
    number        INTEGER NOT NULL,
    number_in_row INTEGER NOT NULL CHECK (number_in_row >= 1),
    claimed_at    INTEGER NOT NULL,
    dialed_at     INTEGER,
    answered_at   INTEGER,
    ended_at      INTEGER,
    dialog        TEXT,
    outcome       TEXT CHECK (outcome IN ('completed', 'no_answer', 'voicemail', 'busy', 'failed',
        'rejected_by_route', 'interrupted')),
    end_reason    TEXT CHECK (end_reason IN ('user_disconnected', 'agent_disconnected',
        'user_did_not_pick_up', 'user_busy', 'user_declined', 'user_unreachable', 'invalid_number',
        'destination_forbidden', 'trunk_unreachable', 'trunk_congested', 'trunk_auth_failed',
        'network_failure', 'voicemail_detected', 'agent_failed', 'max_duration', 'silence_timeout',
        'engine_interrupted')),
    charged       INTEGER CHECK (charged IN (0, 1)),
    evidence      TEXT,
    answered_by   TEXT GENERATED ALWAYS AS (evidence ->> 'answered_by') VIRTUAL,
    UNIQUE (recipient, number_in_row),
    CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK ((ended_at IS NULL) = (charged IS NULL)),
    CHECK (dialed_at IS NULL OR dialog IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX one_open_attempt_per_recipient ON attempts (recipient) WHERE ended_at IS NULL;
CREATE TRIGGER an_ended_attempt_never_changes BEFORE UPDATE ON attempts
WHEN OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an ended attempt never changes');
END;
CREATE TRIGGER a_dialed_attempt_stays_on_record BEFORE DELETE ON attempts
WHEN OLD.dialed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a dialed attempt stays on record');
END;
CREATE TRIGGER rounds_count_attempts AFTER INSERT ON attempts
BEGIN
    UPDATE batch_rounds SET attempted = attempted + 1
     WHERE batch = NEW.batch AND round = NEW.number_in_row;
END;
CREATE TRIGGER rounds_forget_attempts AFTER DELETE ON attempts
BEGIN
    UPDATE batch_rounds SET attempted = attempted - 1
     WHERE batch = OLD.batch AND round = OLD.number_in_row;
END;

CREATE TABLE transcripts (
    attempt    INTEGER PRIMARY KEY REFERENCES attempts ON DELETE CASCADE,
    utterances TEXT NOT NULL
) STRICT;

-- One row per open attempt: limits are checked by counting rows, so there is nothing to leak.
CREATE TABLE slots (
    attempt   INTEGER PRIMARY KEY REFERENCES attempts,
    workspace INTEGER NOT NULL REFERENCES workspaces,
    batch     INTEGER NOT NULL REFERENCES batches,
    trunk     INTEGER NOT NULL REFERENCES trunks,
    recipient INTEGER NOT NULL UNIQUE REFERENCES recipients,
    number    INTEGER NOT NULL,
    -- 0 when the batch allows overlapping calls to one number.
    exclusive INTEGER NOT NULL CHECK (exclusive IN (0, 1)),
    -- 1 when the call counts in the workspace's daily limits for other countries.
    limited   INTEGER NOT NULL CHECK (limited IN (0, 1)),
    -- The version of the policy that let the number pass.
    policy    INTEGER NOT NULL
) STRICT;
CREATE INDEX slots_of_workspace ON slots (workspace, batch);
CREATE INDEX slots_of_batch ON slots (batch);
CREATE INDEX slots_of_trunk ON slots (trunk);
CREATE INDEX slots_of_number ON slots (workspace, number);
CREATE UNIQUE INDEX one_exclusive_call_per_number ON slots (workspace, number) WHERE exclusive = 1;

-- The answer to a POST that was sent with an Idempotency-Key; status NULL until it is stored. It is
-- its sender's: whoever has another API key, perhaps a weaker one, does not see it.
CREATE TABLE idempotency (
    api_key      TEXT NOT NULL REFERENCES api_keys,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status       INTEGER,
    body         BLOB,
    -- What the request made, noted in the transaction that made it, such as trunk_3.
    made         TEXT,
    -- Whether somebody works on the answer; a dead process does not.
    answering    INTEGER NOT NULL DEFAULT 1 CHECK (answering IN (0, 1)),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (api_key, key),
    CHECK ((status IS NULL) = (body IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);
