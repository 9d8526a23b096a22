-- Grows with each change of what the dispatcher knows of a batch. Answers of the database may
-- overtake each other on their way to it, and the newest counts.
ALTER TABLE batches ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER batches_version AFTER UPDATE OF state, settings, phone_number ON batches
BEGIN
    UPDATE batches SET version = version + 1 WHERE id = NEW.id;
END;
