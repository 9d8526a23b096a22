-- What goes again: batches that are over, and people who ask to be forgotten.

-- For how many days a batch is kept after its end; NULL: for ever.
ALTER TABLE workspaces ADD COLUMN keep_batches_days INTEGER CHECK (keep_batches_days > 0);

-- Since when a batch is gone for everybody; its rows go a few at a time.
ALTER TABLE batches ADD COLUMN deleted_at INTEGER
    CHECK (deleted_at IS NULL OR finished_at IS NOT NULL);
-- Whether anybody sees it.
ALTER TABLE batches ADD COLUMN visible INTEGER NOT NULL
    GENERATED ALWAYS AS (imported_at IS NOT NULL AND deleted_at IS NULL) VIRTUAL;
CREATE INDEX batches_deleted ON batches (id) WHERE deleted_at IS NOT NULL;
CREATE INDEX batches_by_end ON batches (workspace, finished_at)
    WHERE finished_at IS NOT NULL AND deleted_at IS NULL;

-- When the person of a row was erased: what became of the row stays, whose it was does not.
ALTER TABLE recipients ADD COLUMN erased_at INTEGER;

-- Requests to erase a person.
CREATE TABLE erasures (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace    INTEGER NOT NULL REFERENCES workspaces,
    -- The digits of E.164 as long as anything of the person may be left, which nobody calls then.
    number       INTEGER,
    requested_at INTEGER NOT NULL,
    -- As in the audit log.
    requested_by TEXT NOT NULL CHECK (requested_by <> ''),
    finished_at  INTEGER,
    -- What was removed: people's rows, calls, recordings, and what else told of the person.
    people       INTEGER NOT NULL DEFAULT 0 CHECK (people >= 0),
    calls        INTEGER NOT NULL DEFAULT 0 CHECK (calls >= 0),
    recordings   INTEGER NOT NULL DEFAULT 0 CHECK (recordings >= 0),
    copies       INTEGER NOT NULL DEFAULT 0 CHECK (copies >= 0),
    CHECK (number IS NULL OR finished_at IS NULL)
) STRICT;
CREATE INDEX erasures_of_workspace ON erasures (workspace, id);
CREATE INDEX erasures_open ON erasures (id) WHERE finished_at IS NULL;
CREATE INDEX numbers_being_erased ON erasures (workspace, number) WHERE number IS NOT NULL;

-- Numbers of people who were erased: suppressed, and known only by the installation's key.
CREATE TABLE erased_numbers (
    workspace INTEGER NOT NULL REFERENCES workspaces,
    mark      BLOB NOT NULL CHECK (length(mark) = 32),
    erased_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, mark)
) STRICT, WITHOUT ROWID;

-- Whether request_hash is made with the installation's key: a plain hash of a short body, such as
-- one telephone number, is found by trying them all.
ALTER TABLE idempotency ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0 CHECK (keyed IN (0, 1));

-- Calls stay on record, but for those of people who are erased and of batches that are deleted. The
-- counts of a batch stay when a person goes.
DROP TRIGGER a_dialed_attempt_stays_on_record;
CREATE TRIGGER a_dialed_attempt_stays_on_record BEFORE DELETE ON attempts
WHEN OLD.dialed_at IS NOT NULL
 AND NOT EXISTS (SELECT 1 FROM recipients WHERE id = OLD.recipient AND erased_at IS NOT NULL)
 AND NOT EXISTS (SELECT 1 FROM batches WHERE id = OLD.batch AND deleted_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'a dialed attempt stays on record');
END;
DROP TRIGGER rounds_forget_attempts;
CREATE TRIGGER rounds_forget_attempts AFTER DELETE ON attempts
WHEN NOT EXISTS (SELECT 1 FROM recipients WHERE id = OLD.recipient AND erased_at IS NOT NULL)
BEGIN
    UPDATE batch_rounds SET attempted = attempted - 1
     WHERE batch = OLD.batch AND round = OLD.number_in_row;
END;

-- What is written down stays, but for whom it tells of, while that person is being erased.
DROP TRIGGER what_is_written_down_never_changes;
CREATE TRIGGER what_is_written_down_never_changes BEFORE UPDATE ON audit_log
WHEN NEW.id <> OLD.id OR NEW.workspace IS NOT OLD.workspace OR NEW.at <> OLD.at
  OR NEW.actor <> OLD.actor OR NEW.action <> OLD.action
  OR NOT EXISTS (SELECT 1 FROM erasures WHERE workspace = OLD.workspace AND number IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'what is written down never changes');
END;
