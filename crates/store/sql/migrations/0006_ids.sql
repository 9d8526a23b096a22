-- Ids that say nothing: the key with which an installation writes them. A backup carries it, so that
-- an id means the same after a restoration.
CREATE TABLE id_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL CHECK (length(key) = 16)
) STRICT;
INSERT INTO id_key (one, key) VALUES (1, randomblob(16));

-- Calls from here on; those before keep the names that the carrier knows.
INSERT OR REPLACE INTO call_id_ranges (first_attempt, instance, opaque)
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'attempts'), 0) + 1, id, 1
  FROM instance;
