-- Sessions no longer refer to their license by a foreign key: to look for it was to read a row anywhere in
-- the largest table for each check-out. Whoever removes a license or its licensee removes the sessions first,
-- and `verify` looks for any that were left behind.
CREATE TABLE new_session (
    vendor_id INTEGER NOT NULL,
    licensee_id INTEGER NOT NULL,
    license_id INTEGER NOT NULL,
    session TEXT NOT NULL,
    expires TEXT NOT NULL,
    expires_at_ms INTEGER,
    taken_position INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, license_id, session)
) STRICT, WITHOUT ROWID;

INSERT INTO new_session SELECT * FROM session ORDER BY vendor_id, licensee_id, license_id, session;

DROP TABLE session;
ALTER TABLE new_session RENAME TO session;
