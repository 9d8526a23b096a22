-- What the engine keeps in memory, and when each thing of it last changed: the engine reads anew
-- whatever has a higher version than it knows. One row for each thing that ever changed; `limits`
-- (id 0) stays until the recipients are due again that the old limits postponed.
CREATE TABLE changes (
    -- AUTOINCREMENT: a version never comes back, not even when its row is gone.
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL CHECK (kind IN ('workspace', 'trunk', 'batch', 'limits')),
    id      INTEGER NOT NULL
) STRICT;
CREATE INDEX changes_of ON changes (kind, id);
CREATE TRIGGER only_the_last_change_counts AFTER INSERT ON changes
BEGIN
    DELETE FROM changes WHERE kind = NEW.kind AND id = NEW.id AND version < NEW.version;
END;

CREATE TRIGGER a_new_workspace_is_a_change AFTER INSERT ON workspaces
BEGIN
    INSERT INTO changes (kind, id) VALUES ('workspace', NEW.id);
END;
CREATE TRIGGER a_changed_workspace_is_a_change AFTER UPDATE OF max_concurrent_calls ON workspaces
BEGIN
    INSERT INTO changes (kind, id) VALUES ('workspace', NEW.id);
END;

CREATE TRIGGER a_new_trunk_is_a_change AFTER INSERT ON trunks
BEGIN
    INSERT INTO changes (kind, id) VALUES ('trunk', NEW.id);
END;
CREATE TRIGGER a_changed_trunk_is_a_change AFTER UPDATE ON trunks
BEGIN
    INSERT INTO changes (kind, id) VALUES ('trunk', NEW.id);
END;
CREATE TRIGGER a_removed_trunk_is_a_change AFTER DELETE ON trunks
BEGIN
    INSERT INTO changes (kind, id) VALUES ('trunk', OLD.id);
END;

-- A batch has a version of its own, too: answers about one batch may overtake each other.
DROP TRIGGER batches_version;
CREATE TRIGGER batches_version AFTER UPDATE OF name, state, settings, phone_number ON batches
BEGIN
    UPDATE batches SET version = version + 1 WHERE id = NEW.id;
END;
CREATE TRIGGER a_changed_batch_is_a_change AFTER UPDATE OF version ON batches
BEGIN
    INSERT INTO changes (kind, id) VALUES ('batch', NEW.id);
END;
CREATE TRIGGER a_deleted_batch_leaves_no_change AFTER DELETE ON batches
BEGIN
    DELETE FROM changes WHERE kind = 'batch' AND id = OLD.id;
END;

-- The trunk of a caller ID is the route of its batches, and daily limits depend on the trunk's kind.
CREATE TRIGGER a_changed_route_is_a_change AFTER UPDATE OF trunk ON phone_numbers
WHEN OLD.trunk IS NOT NEW.trunk
BEGIN
    UPDATE batches SET version = version + 1 WHERE phone_number = NEW.id AND finished_at IS NULL;
    INSERT INTO changes (kind, id) VALUES ('limits', 0);
END;
