-- What a restored backup needs: calls keep the names they went out with, and nothing that was given
-- out behind the backup is given out again.

-- Which Call-IDs attempts have, from the first attempt of each range on. A restored database gets a
-- new instance, and its earlier attempts keep the old one.
CREATE TABLE call_id_ranges (
    first_attempt INTEGER PRIMARY KEY,
    instance      INTEGER NOT NULL,
    -- 0: the number of the attempt is in the Call-ID as it is.
    opaque        INTEGER NOT NULL CHECK (opaque IN (0, 1))
) STRICT;
INSERT INTO call_id_ranges (first_attempt, instance, opaque) SELECT 1, id, 0 FROM instance;

-- When a copy of the database was made; in the copy only.
CREATE TABLE backup (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL
) STRICT;

CREATE TABLE restores (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    restored_at  INTEGER NOT NULL,
    -- What happened from then to the restoration is not known here.
    backed_up_at INTEGER NOT NULL,
    -- Events of the time behind the restoration have higher ids.
    events_after INTEGER NOT NULL
) STRICT;

-- The restoration that nobody has answered yet by starting or resuming the batch.
ALTER TABLE batches ADD COLUMN restored INTEGER REFERENCES restores;
