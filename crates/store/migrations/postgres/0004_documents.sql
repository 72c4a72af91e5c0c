-- Documents that are kept for later. The same as in SQLite; see there.

CREATE TABLE IF NOT EXISTS document (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    name TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (vendor_id, name)
);
