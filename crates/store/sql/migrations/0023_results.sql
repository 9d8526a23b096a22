-- What agents recorded: of an attempt in its evidence, of a recipient in the newest call in which
-- anything was recorded, as a JSON object of values by name.
ALTER TABLE recipients ADD COLUMN results TEXT CHECK (results <> '{}');

-- How many recipients of a batch have a value of each result, and the sum of those that are numbers.
CREATE TABLE result_totals (
    batch      INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    name       TEXT NOT NULL,
    recipients INTEGER NOT NULL CHECK (recipients >= 0),
    sum        REAL NOT NULL,
    PRIMARY KEY (batch, name)
) STRICT, WITHOUT ROWID;

-- How many of them have which value: 'true', 'false', a choice or a number. Free texts are not
-- counted one by one.
CREATE TABLE result_values (
    batch      INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    name       TEXT NOT NULL,
    value      ANY NOT NULL,
    recipients INTEGER NOT NULL CHECK (recipients >= 0),
    PRIMARY KEY (batch, name, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX result_values_of_nobody ON result_values (recipients) WHERE recipients = 0;

CREATE TRIGGER former_results_are_not_counted AFTER UPDATE OF results ON recipients
WHEN OLD.results IS NOT NULL AND NEW.results IS NOT OLD.results
BEGIN
    -- An upsert finds each row by its key; an update with a list of keys reads all of the batch.
    INSERT INTO result_totals (batch, name, recipients, sum)
    SELECT OLD.batch, key, 0, iif(type IN ('integer', 'real'), value, 0.0)
      FROM json_each(OLD.results) WHERE true
        ON CONFLICT DO UPDATE SET recipients = recipients - 1, sum = sum - excluded.sum;
    INSERT INTO result_values (batch, name, value, recipients)
    SELECT OLD.batch, key, iif(type IN ('true', 'false'), type, value), 0
      FROM json_each(OLD.results) WHERE true
        ON CONFLICT DO UPDATE SET recipients = recipients - 1;
    DELETE FROM result_values WHERE recipients = 0;
END;

CREATE TRIGGER results_are_counted AFTER UPDATE OF results ON recipients
WHEN NEW.results IS NOT NULL AND NEW.results IS NOT OLD.results
BEGIN
    INSERT INTO result_totals (batch, name, recipients, sum)
    SELECT NEW.batch, key, 1, iif(type IN ('integer', 'real'), value, 0.0)
      FROM json_each(NEW.results) WHERE true
        ON CONFLICT DO UPDATE SET recipients = recipients + 1, sum = sum + excluded.sum;
    INSERT INTO result_values (batch, name, value, recipients)
    SELECT NEW.batch, key, iif(type IN ('true', 'false'), type, value), 1
      FROM json_each(NEW.results) AS r
     WHERE type <> 'text' OR EXISTS
           (SELECT 1 FROM batches b
              JOIN agent_versions v ON v.agent = b.agent AND v.number = b.agent_version
              JOIN json_each(v.settings, '$.results') AS f
             WHERE b.id = NEW.batch AND f.value ->> 'name' = r.key
               AND f.value ->> 'type' = 'choice')
        ON CONFLICT DO UPDATE SET recipients = recipients + 1;
END;
