-- Which row and which columns of the file are what, where that is not as usual (JSON).
ALTER TABLE batches ADD COLUMN mapping TEXT NOT NULL DEFAULT '{}';

-- What exactly is wrong with a row that was rejected before launch, where its reason has several
-- causes. NULL where it has one only, and of rows from before causes were told apart.
ALTER TABLE recipients ADD COLUMN cause TEXT;
DROP INDEX recipients_rejected;
CREATE INDEX recipients_rejected ON recipients (batch, reason, cause)
    WHERE phone_cell IS NOT NULL;
