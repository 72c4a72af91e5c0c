-- Uses are written in the order in which they happen, and stay when their license goes.

-- used: what the license's uses came to with this one. A license that goes has a last row, down to 0.
CREATE TABLE new_usage (
    vendor_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    place INTEGER NOT NULL,
    license_id INTEGER NOT NULL,
    licensee_id INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    used INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (vendor_id, position, place, license_id)
) STRICT, WITHOUT ROWID;

INSERT INTO new_usage (vendor_id, position, place, license_id, licensee_id, amount, used, at_ms)
SELECT vendor_id, position, place, license_id, licensee_id, amount,
    sum(amount) OVER (PARTITION BY vendor_id, licensee_id, license_id ORDER BY position, place), at_ms
FROM usage;

DROP TABLE usage;
ALTER TABLE new_usage RENAME TO usage;

-- Up to which position of the audit log every license's row tells what was used of it. Later uses may
-- stand in their own table only.
CREATE TABLE settled (
    position INTEGER NOT NULL
) STRICT;

INSERT INTO settled (position) SELECT coalesce(max(position), 0) FROM audit;
