-- What nodes tell each other takes one row for each commit, and no longer one for each command of it.

-- A node of an earlier version that still runs finds its table gone and stops: it would not hear of
-- what later ones write.
DROP TABLE IF EXISTS feed;

-- What each commit touched, for the other nodes' memory. position: its newest audit row; first: its
-- oldest. life and batch say which commit it was: a node that lost the answer to its COMMIT finds them
-- here, or not. footprints: one for each command, as the program reads them. Pruned after a while.
CREATE TABLE IF NOT EXISTS touched (
    position BIGINT NOT NULL PRIMARY KEY,
    first BIGINT NOT NULL,
    life BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    footprints BYTEA NOT NULL,
    at_ms BIGINT NOT NULL
);

-- Whoever removes a license or its licensee removes the sessions first, and nobody else removes
-- either: to look for the license at each check-out would take a third of its time.
ALTER TABLE session DROP CONSTRAINT IF EXISTS session_vendor_id_licensee_id_license_id_fkey;

-- Room for a license's next version on its own page: what was used of it changes all the time, and
-- no index needs to hear of that.
ALTER TABLE license SET (fillfactor = 85);
