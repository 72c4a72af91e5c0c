-- Bindings. The same as in SQLite; see there.

CREATE TABLE IF NOT EXISTS binding (
    vendor_id BIGINT NOT NULL,
    licensee_id BIGINT NOT NULL,
    package TEXT NOT NULL,
    recipient TEXT NOT NULL,
    generation BIGINT NOT NULL,
    since_ms BIGINT NOT NULL,
    delegated BIGINT NOT NULL,
    report_sequence BIGINT,
    report_digest BYTEA,
    PRIMARY KEY (vendor_id, licensee_id),
    FOREIGN KEY (vendor_id, licensee_id) REFERENCES licensee (vendor_id, id) ON DELETE CASCADE
);
