-- What is kept of a conversation beside its words, as JSON: how soon the agent answered each turn, and
-- what was done. NULL when there is nothing.
ALTER TABLE transcripts ADD COLUMN latencies TEXT;
ALTER TABLE transcripts ADD COLUMN actions TEXT;

-- How long the steps before the agents' answers took in the calls of a batch: turns by rounded
-- duration.
CREATE TABLE batch_latencies (
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    step  TEXT NOT NULL,
    ms    INTEGER NOT NULL,
    turns INTEGER NOT NULL CHECK (turns > 0),
    PRIMARY KEY (batch, step, ms)
) STRICT, WITHOUT ROWID;

-- The calls of a batch in which the agent failed, by cause.
CREATE INDEX agent_failures ON attempts (batch, evidence ->> 'cause')
    WHERE end_reason = 'agent_failed';
