-- The package that carried a licensee last, and so who decides about what it has only so much of
-- (decision D16). At a server `delegated` tells of an agent, at an agent of the server.

CREATE TABLE binding (
    vendor_id INTEGER NOT NULL,
    licensee_id INTEGER NOT NULL,
    package TEXT NOT NULL,
    recipient TEXT NOT NULL,
    generation INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    delegated INTEGER NOT NULL,
    report_sequence INTEGER,
    report_digest BLOB,
    PRIMARY KEY (vendor_id, licensee_id),
    FOREIGN KEY (vendor_id, licensee_id) REFERENCES licensee (vendor_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
