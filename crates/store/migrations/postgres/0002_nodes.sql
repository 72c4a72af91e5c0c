-- What several nodes share beside the state itself.

-- The newest row of the audit log, in one row: whoever commits locks it first, so that the commits of
-- all nodes are in one order, positions have no gap, and no two commits ever wait for each other.
CREATE TABLE IF NOT EXISTS head (
    id BIGINT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

INSERT INTO head (id, position, hash)
SELECT 1, 0, decode('0000000000000000000000000000000000000000000000000000000000000000', 'hex')
WHERE NOT EXISTS (SELECT 1 FROM head);

-- What each command touched, for the other nodes' memory. life and batch say which commit it was: a
-- node that lost the answer to its COMMIT finds them here, or not. licensees: 8 bytes each, big-endian;
-- calls: 64 bytes each, key and request. Pruned after a while.
CREATE TABLE IF NOT EXISTS feed (
    position BIGINT NOT NULL PRIMARY KEY,
    life BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    vendor_id BIGINT NOT NULL,
    reach BIGINT NOT NULL,
    licensees BYTEA NOT NULL,
    calls BYTEA NOT NULL,
    announces BIGINT NOT NULL,
    newest_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);

-- The servers that run: each has a number of its own until until_ms, and a life that no other start
-- of a server ever had.
CREATE TABLE IF NOT EXISTS node (
    number BIGINT NOT NULL PRIMARY KEY,
    life BIGINT NOT NULL,
    name TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);

-- Background work that one node does for all, until until_ms.
CREATE TABLE IF NOT EXISTS claim (
    work TEXT NOT NULL PRIMARY KEY,
    life BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
