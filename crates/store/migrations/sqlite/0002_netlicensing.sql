-- Tokens of all types, transactions, bundles, notifications with their outbox, payment methods, plans,
-- and the replies to calls that carry a key of their own.

ALTER TABLE vendor ADD COLUMN plan TEXT NOT NULL DEFAULT '{}';

-- kind: APIKEY, DEFAULT, SHOP or ACTION; role and name belong to API keys. response_key is the private
-- key that signs replies, encrypted under the installation's key.
CREATE TABLE new_token (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    id INTEGER NOT NULL,
    lookup BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    kind TEXT NOT NULL,
    active INTEGER NOT NULL,
    role TEXT,
    licensee TEXT,
    expires_at_ms INTEGER,
    name TEXT,
    response_key BLOB,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id)
) STRICT;

INSERT INTO new_token
    (vendor_id, id, lookup, sealed, kind, active, role, licensee, expires_at_ms, name, properties)
SELECT vendor_id, id, lookup, sealed, 'APIKEY', active, role, licensee, expires_at_ms, name, properties
FROM token;

DROP TABLE token;
ALTER TABLE new_token RENAME TO token;

-- templates: their numbers as a JSON array, in the order in which licenses are made from them.
CREATE TABLE bundle (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    id INTEGER NOT NULL,
    number TEXT NOT NULL,
    active INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    price_hundredths INTEGER,
    currency TEXT,
    templates TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number)
) STRICT;

CREATE TABLE payment_method (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    number TEXT NOT NULL,
    active INTEGER NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE vendor_transaction (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    id INTEGER NOT NULL,
    number TEXT NOT NULL,
    active INTEGER NOT NULL,
    status TEXT NOT NULL,
    source TEXT NOT NULL,
    licensee TEXT,
    grand_total_hundredths INTEGER,
    discount_hundredths INTEGER,
    currency TEXT,
    payment_method TEXT,
    created_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number)
) STRICT;

-- license_id names the license's row as long as there is one; license is the last number it had.
CREATE TABLE transaction_license (
    vendor_id INTEGER NOT NULL,
    transaction_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    license_id INTEGER,
    license TEXT NOT NULL,
    PRIMARY KEY (vendor_id, transaction_id, place),
    FOREIGN KEY (vendor_id, transaction_id) REFERENCES vendor_transaction (vendor_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX transaction_license_license ON transaction_license (vendor_id, license_id, transaction_id);
CREATE INDEX license_id ON license (vendor_id, id);

-- failures counts those since the endpoint last took a message; until paused_until_ms it is told nothing.
CREATE TABLE notification (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    id INTEGER NOT NULL,
    number TEXT NOT NULL,
    active INTEGER NOT NULL,
    name TEXT NOT NULL,
    events TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    payload TEXT,
    secret BLOB NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    paused_until_ms INTEGER,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number)
) STRICT;

CREATE TABLE event (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    id INTEGER NOT NULL,
    event TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    licensee TEXT,
    entities TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, id)
) STRICT;

CREATE INDEX event_at ON event (vendor_id, at_ms);

-- One row for each event and each notification that listened to it. lane is the licensee's number as it
-- is now, or empty: within one lane of a notification, messages go out in the order of their events.
CREATE TABLE delivery (
    vendor_id INTEGER NOT NULL,
    notification_id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at_ms INTEGER NOT NULL,
    tried_at_ms INTEGER,
    status INTEGER,
    fault TEXT,
    PRIMARY KEY (vendor_id, notification_id, event_id),
    FOREIGN KEY (vendor_id, notification_id) REFERENCES notification (vendor_id, id) ON DELETE CASCADE,
    FOREIGN KEY (vendor_id, event_id) REFERENCES event (vendor_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_lane ON delivery (vendor_id, notification_id, lane, event_id, state) WHERE state = 'WAITING';
CREATE INDEX delivery_event ON delivery (vendor_id, event_id);

-- key and request are digests: of the key that the caller chose, and of who asked for what.
CREATE TABLE remembered_reply (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    key BLOB NOT NULL,
    request BLOB NOT NULL,
    reply TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX remembered_reply_at ON remembered_reply (vendor_id, at_ms);
