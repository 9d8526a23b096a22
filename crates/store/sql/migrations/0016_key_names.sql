-- What a key is called, so that people know it again; empty when nobody said.
ALTER TABLE api_keys ADD COLUMN name TEXT NOT NULL DEFAULT '';
