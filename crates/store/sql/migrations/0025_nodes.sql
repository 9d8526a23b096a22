-- The nodes: processes that dial, each the same after a restart. The epoch rises with each start, so
-- that what a lower epoch of a node owns was left by a dead process. Epoch 0 stands for all processes
-- from before this table.
CREATE TABLE nodes (
    id    INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    UNIQUE (id, epoch)
) STRICT;
INSERT INTO nodes (id, epoch) VALUES (1, 0);

-- The groups of workspaces for which one node decides who is called next. The group's epoch rises
-- with each leader.
CREATE TABLE groups (
    id         INTEGER PRIMARY KEY,
    node       INTEGER NOT NULL REFERENCES nodes,
    node_epoch INTEGER NOT NULL,
    epoch      INTEGER NOT NULL CHECK (epoch >= 0),
    UNIQUE (id, epoch)
) STRICT;
INSERT INTO groups (id, node, node_epoch, epoch) VALUES (1, 1, 0, 0);

-- The owner of a call: only the owner marks, settles or releases it.
ALTER TABLE slots ADD COLUMN node INTEGER NOT NULL DEFAULT 1;
ALTER TABLE slots ADD COLUMN node_epoch INTEGER NOT NULL DEFAULT 0;

-- The process that answers a request, and the one that imports a file. NULL: a process beside the
-- one that dials, of which no start knows whether it lives.
ALTER TABLE idempotency ADD COLUMN node INTEGER DEFAULT 1;
ALTER TABLE idempotency ADD COLUMN node_epoch INTEGER DEFAULT 0;
ALTER TABLE batches ADD COLUMN importing_node INTEGER DEFAULT 1;
ALTER TABLE batches ADD COLUMN importing_epoch INTEGER DEFAULT 0;
