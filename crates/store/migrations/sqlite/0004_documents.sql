-- Documents that are kept for later, by a name of whoever keeps them: what an agent took in last, what
-- it reported. They are read when they are asked for.
CREATE TABLE document (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (vendor_id, name)
) STRICT;
