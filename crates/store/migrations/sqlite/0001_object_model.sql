-- The object model, the books of exports and imports, and the audit log.
--
-- vendor_id leads every key, so that tenants never mix in a scan. Ids are made by the store, 64 bits,
-- ordered by time: ORDER BY id is creation order. Instants are Unix milliseconds, UTC. A value that
-- somebody gave as text keeps that text beside what it means (NULL: it means nothing).

CREATE TABLE vendor (
    id INTEGER NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    login TEXT NOT NULL UNIQUE,
    ttl_minutes INTEGER NOT NULL,
    password TEXT,
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE token (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    id INTEGER NOT NULL,
    lookup BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    active INTEGER NOT NULL,
    role TEXT NOT NULL,
    licensee TEXT,
    expires_at_ms INTEGER,
    name TEXT,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id)
) STRICT;

CREATE TABLE package_key (
    vendor_id INTEGER NOT NULL PRIMARY KEY REFERENCES vendor (id),
    public_key BLOB NOT NULL,
    private_key BLOB
) STRICT;

CREATE TABLE generation (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    product TEXT NOT NULL,
    recipient TEXT NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, product, recipient)
) STRICT;

CREATE TABLE import (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    id INTEGER NOT NULL,
    package TEXT NOT NULL,
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    generation INTEGER NOT NULL,
    digest BLOB NOT NULL,
    imported_at_ms INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, id)
) STRICT;

CREATE TABLE product (
    vendor_id INTEGER NOT NULL REFERENCES vendor (id),
    id INTEGER NOT NULL,
    number TEXT NOT NULL,
    active INTEGER NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    description TEXT,
    licensing_info TEXT,
    licensee_auto_create INTEGER NOT NULL,
    licensee_secret_mode TEXT,
    vat_mode TEXT,
    discounts TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number)
) STRICT;

CREATE TABLE product_module (
    vendor_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    active INTEGER NOT NULL,
    name TEXT NOT NULL,
    licensing_model TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number),
    FOREIGN KEY (vendor_id, product_id) REFERENCES product (vendor_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX product_module_product ON product_module (vendor_id, product_id);

CREATE TABLE license_template (
    vendor_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    product_module_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    active INTEGER NOT NULL,
    name TEXT NOT NULL,
    license_type TEXT NOT NULL,
    price_hundredths INTEGER,
    currency TEXT,
    automatic INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    hide_licenses INTEGER NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number),
    FOREIGN KEY (vendor_id, product_module_id) REFERENCES product_module (vendor_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX license_template_product_module ON license_template (vendor_id, product_module_id);

-- licenses_position: the audit row that last added, rewrote or removed one of its licenses.
CREATE TABLE licensee (
    vendor_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    active INTEGER NOT NULL,
    name TEXT,
    secret TEXT,
    marked_for_transfer INTEGER,
    warning_levels TEXT,
    properties TEXT NOT NULL,
    licenses_position INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, id),
    UNIQUE (vendor_id, number),
    FOREIGN KEY (vendor_id, product_id) REFERENCES product (vendor_id, id)
) STRICT;

CREATE INDEX licensee_product ON licensee (vendor_id, product_id, id);

CREATE TABLE licensee_alias (
    vendor_id INTEGER NOT NULL,
    licensee_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, place),
    UNIQUE (vendor_id, alias),
    FOREIGN KEY (vendor_id, licensee_id) REFERENCES licensee (vendor_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- used is what used_quantity means, and the sum of the license's rows in usage.
CREATE TABLE license (
    vendor_id INTEGER NOT NULL,
    licensee_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    number TEXT NOT NULL,
    license_template_id INTEGER NOT NULL,
    active INTEGER NOT NULL,
    name TEXT,
    price_hundredths INTEGER,
    currency TEXT,
    hidden INTEGER NOT NULL,
    start_date TEXT,
    start_at_ms INTEGER,
    used_quantity TEXT,
    used INTEGER NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, id),
    UNIQUE (vendor_id, number),
    FOREIGN KEY (vendor_id, licensee_id) REFERENCES licensee (vendor_id, id) ON DELETE CASCADE,
    FOREIGN KEY (vendor_id, license_template_id) REFERENCES license_template (vendor_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX license_license_template ON license (vendor_id, license_template_id);

-- The truth about seats. taken_position: the audit row that gave the seat, renewals left out.
CREATE TABLE session (
    vendor_id INTEGER NOT NULL,
    licensee_id INTEGER NOT NULL,
    license_id INTEGER NOT NULL,
    session TEXT NOT NULL,
    expires TEXT NOT NULL,
    expires_at_ms INTEGER,
    taken_position INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, license_id, session),
    FOREIGN KEY (vendor_id, licensee_id, license_id)
        REFERENCES license (vendor_id, licensee_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE node_secret (
    vendor_id INTEGER NOT NULL,
    licensee_id INTEGER NOT NULL,
    license_id INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    secret TEXT NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, license_id, slot),
    FOREIGN KEY (vendor_id, licensee_id, license_id)
        REFERENCES license (vendor_id, licensee_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- One row for each write-off, and one for each correction by the vendor, which may be negative.
-- position and place name the audit row and the step in it that wrote it off.
CREATE TABLE usage (
    vendor_id INTEGER NOT NULL,
    licensee_id INTEGER NOT NULL,
    license_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    place INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, licensee_id, license_id, position, place),
    FOREIGN KEY (vendor_id, licensee_id, license_id)
        REFERENCES license (vendor_id, licensee_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- One row for each command, chained: hash is SHA-256 over the row with the previous row's hash.
CREATE TABLE audit (
    position INTEGER NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    licensee TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
