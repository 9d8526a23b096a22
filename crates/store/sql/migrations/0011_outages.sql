-- Of the uncharged attempts, those that an outage excused: they do not count against the few that a
-- trunk may refuse without charge.
ALTER TABLE recipients ADD COLUMN excused INTEGER NOT NULL DEFAULT 0 CHECK (excused >= 0);
