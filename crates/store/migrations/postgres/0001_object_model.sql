-- The same tables and columns as in SQLite after its migrations; see there for what is meant. Each
-- statement runs in a transaction of its own, and may be run again after one that was cut short.
--
-- vendor_id leads every key, so that tenants never mix in a scan. Ids are made by the store, 64 bits,
-- ordered by time: ORDER BY id is creation order. Instants are Unix milliseconds, UTC. A value that
-- somebody gave as text keeps that text beside what it means (NULL: it means nothing). Truths are 0
-- and 1, as in SQLite.

CREATE TABLE IF NOT EXISTS vendor (
    id BIGINT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    login TEXT NOT NULL UNIQUE,
    ttl_minutes BIGINT NOT NULL,
    password TEXT,
    revision BIGINT NOT NULL,
    plan TEXT NOT NULL DEFAULT '{}'
);

-- kind: APIKEY, DEFAULT, SHOP or ACTION; role and name belong to API keys. response_key is the private
-- key that signs replies, encrypted under the installation's key.
CREATE TABLE IF NOT EXISTS token (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    id BIGINT NOT NULL,
    lookup BYTEA NOT NULL UNIQUE,
    sealed BYTEA NOT NULL,
    kind TEXT NOT NULL,
    active BIGINT NOT NULL,
    role TEXT,
    licensee TEXT,
    expires_at_ms BIGINT,
    name TEXT,
    response_key BYTEA,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id)
);

CREATE TABLE IF NOT EXISTS package_key (
    vendor_id BIGINT NOT NULL PRIMARY KEY REFERENCES vendor (id),
    public_key BYTEA NOT NULL,
    private_key BYTEA
);

CREATE TABLE IF NOT EXISTS generation (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    product TEXT NOT NULL,
    recipient TEXT NOT NULL,
    generation BIGINT NOT NULL,
    PRIMARY KEY (vendor_id, product, recipient)
);

CREATE TABLE IF NOT EXISTS import (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    id BIGINT NOT NULL,
    package TEXT NOT NULL,
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    generation BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    imported_at_ms BIGINT NOT NULL,
    PRIMARY KEY (vendor_id, id)
);

CREATE TABLE IF NOT EXISTS product (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    id BIGINT NOT NULL,
    number TEXT NOT NULL,
    active BIGINT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    description TEXT,
    licensing_info TEXT,
    licensee_auto_create BIGINT NOT NULL,
    licensee_secret_mode TEXT,
    vat_mode TEXT,
    discounts TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number)
);

CREATE TABLE IF NOT EXISTS product_module (
    vendor_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    active BIGINT NOT NULL,
    name TEXT NOT NULL,
    licensing_model TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number),
    FOREIGN KEY (vendor_id, product_id) REFERENCES product (vendor_id, id) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS product_module_product ON product_module (vendor_id, product_id);

CREATE TABLE IF NOT EXISTS license_template (
    vendor_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    product_module_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    active BIGINT NOT NULL,
    name TEXT NOT NULL,
    license_type TEXT NOT NULL,
    price_hundredths BIGINT,
    currency TEXT,
    automatic BIGINT NOT NULL,
    hidden BIGINT NOT NULL,
    hide_licenses BIGINT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number),
    FOREIGN KEY (vendor_id, product_module_id) REFERENCES product_module (vendor_id, id) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS license_template_product_module ON license_template (vendor_id, product_module_id);

-- licenses_position: the audit row that last added, rewrote or removed one of its licenses.
CREATE TABLE IF NOT EXISTS licensee (
    vendor_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    active BIGINT NOT NULL,
    name TEXT,
    secret TEXT,
    marked_for_transfer BIGINT,
    warning_levels TEXT,
    properties TEXT NOT NULL,
    licenses_position BIGINT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number),
    FOREIGN KEY (vendor_id, product_id) REFERENCES product (vendor_id, id)
);

CREATE INDEX IF NOT EXISTS licensee_product ON licensee (vendor_id, product_id, id);

CREATE TABLE IF NOT EXISTS licensee_alias (
    vendor_id BIGINT NOT NULL,
    licensee_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, place),
    UNIQUE (vendor_id, alias),
    FOREIGN KEY (vendor_id, licensee_id) REFERENCES licensee (vendor_id, id) ON DELETE CASCADE
);

-- used is what used_quantity means, and the sum of the license's rows in usage.
CREATE TABLE IF NOT EXISTS license (
    vendor_id BIGINT NOT NULL,
    licensee_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    number TEXT NOT NULL,
    license_template_id BIGINT NOT NULL,
    active BIGINT NOT NULL,
    name TEXT,
    price_hundredths BIGINT,
    currency TEXT,
    hidden BIGINT NOT NULL,
    start_date TEXT,
    start_at_ms BIGINT,
    used_quantity TEXT,
    used BIGINT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, id),
    UNIQUE (vendor_id, number),
    FOREIGN KEY (vendor_id, licensee_id) REFERENCES licensee (vendor_id, id) ON DELETE CASCADE,
    FOREIGN KEY (vendor_id, license_template_id) REFERENCES license_template (vendor_id, id)
);

CREATE INDEX IF NOT EXISTS license_license_template ON license (vendor_id, license_template_id);

CREATE INDEX IF NOT EXISTS license_id ON license (vendor_id, id);

-- The truth about seats. taken_position: the audit row that gave the seat, renewals left out.
CREATE TABLE IF NOT EXISTS session (
    vendor_id BIGINT NOT NULL,
    licensee_id BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    session TEXT NOT NULL,
    expires TEXT NOT NULL,
    expires_at_ms BIGINT,
    taken_position BIGINT NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, license_id, session),
    FOREIGN KEY (vendor_id, licensee_id, license_id)
        REFERENCES license (vendor_id, licensee_id, id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS node_secret (
    vendor_id BIGINT NOT NULL,
    licensee_id BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    secret TEXT NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, license_id, slot),
    FOREIGN KEY (vendor_id, licensee_id, license_id)
        REFERENCES license (vendor_id, licensee_id, id) ON DELETE CASCADE
);

-- One row for each write-off, and one for each correction by the vendor, which may be negative.
-- position and place name the audit row and the step in it that wrote it off.
CREATE TABLE IF NOT EXISTS usage (
    vendor_id BIGINT NOT NULL,
    licensee_id BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    place BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, license_id, position, place),
    FOREIGN KEY (vendor_id, licensee_id, license_id)
        REFERENCES license (vendor_id, licensee_id, id) ON DELETE CASCADE
);

-- One row for each command, chained: hash is SHA-256 over the row with the previous row's hash.
CREATE TABLE IF NOT EXISTS audit (
    position BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    vendor TEXT NOT NULL,
    licensee TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL
);

-- templates: their numbers as a JSON array, in the order in which licenses are made from them.
CREATE TABLE IF NOT EXISTS bundle (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    id BIGINT NOT NULL,
    number TEXT NOT NULL,
    active BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    price_hundredths BIGINT,
    currency TEXT,
    templates TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number)
);

CREATE TABLE IF NOT EXISTS payment_method (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    number TEXT NOT NULL,
    active BIGINT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, number)
);

CREATE TABLE IF NOT EXISTS vendor_transaction (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    id BIGINT NOT NULL,
    number TEXT NOT NULL,
    active BIGINT NOT NULL,
    status TEXT NOT NULL,
    source TEXT NOT NULL,
    licensee TEXT,
    grand_total_hundredths BIGINT,
    discount_hundredths BIGINT,
    currency TEXT,
    payment_method TEXT,
    created_at_ms BIGINT NOT NULL,
    closed_at_ms BIGINT,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number)
);

-- license_id names the license's row as long as there is one; license is the last number it had.
CREATE TABLE IF NOT EXISTS transaction_license (
    vendor_id BIGINT NOT NULL,
    transaction_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    license_id BIGINT,
    license TEXT NOT NULL,
    PRIMARY KEY (vendor_id, transaction_id, place),
    FOREIGN KEY (vendor_id, transaction_id) REFERENCES vendor_transaction (vendor_id, id) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS transaction_license_license ON transaction_license (vendor_id, license_id, transaction_id);

-- failures counts those since the endpoint last took a message; until paused_until_ms it is told nothing.
CREATE TABLE IF NOT EXISTS notification (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    id BIGINT NOT NULL,
    number TEXT NOT NULL,
    active BIGINT NOT NULL,
    name TEXT NOT NULL,
    events TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    payload TEXT,
    secret BYTEA NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    paused_until_ms BIGINT,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number)
);

CREATE TABLE IF NOT EXISTS event (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    id BIGINT NOT NULL,
    event TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    licensee TEXT,
    entities TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (vendor_id, id)
);

CREATE INDEX IF NOT EXISTS event_at ON event (vendor_id, at_ms);

-- One row for each event and each notification that listened to it. lane is the licensee's number as it
-- is now, or empty: within one lane of a notification, messages go out in the order of their events.
CREATE TABLE IF NOT EXISTS delivery (
    vendor_id BIGINT NOT NULL,
    notification_id BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at_ms BIGINT NOT NULL,
    tried_at_ms BIGINT,
    status BIGINT,
    fault TEXT,
    PRIMARY KEY (vendor_id, notification_id, event_id),
    FOREIGN KEY (vendor_id, notification_id) REFERENCES notification (vendor_id, id) ON DELETE CASCADE,
    FOREIGN KEY (vendor_id, event_id) REFERENCES event (vendor_id, id) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS delivery_lane ON delivery (vendor_id, notification_id, lane, event_id, state) WHERE state = 'WAITING';
CREATE INDEX IF NOT EXISTS delivery_event ON delivery (vendor_id, event_id);

-- key and request are digests: of the key that the caller chose, and of who asked for what.
CREATE TABLE IF NOT EXISTS remembered_reply (
    vendor_id BIGINT NOT NULL REFERENCES vendor (id),
    key BYTEA NOT NULL,
    request BYTEA NOT NULL,
    reply TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (vendor_id, key)
);

CREATE INDEX IF NOT EXISTS remembered_reply_at ON remembered_reply (vendor_id, at_ms);
