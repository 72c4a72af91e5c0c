-- Uses are written in the order in which they happen, and stay when their license goes. The same as in
-- SQLite; see there.

ALTER TABLE usage ADD COLUMN IF NOT EXISTS used BIGINT NOT NULL DEFAULT 0;

UPDATE usage AS u SET used = s.used
FROM (
    SELECT vendor_id, licensee_id, license_id, position, place,
        sum(amount) OVER (PARTITION BY vendor_id, licensee_id, license_id ORDER BY position, place) AS used
    FROM usage
) AS s
WHERE u.vendor_id = s.vendor_id AND u.licensee_id = s.licensee_id AND u.license_id = s.license_id
    AND u.position = s.position AND u.place = s.place;

ALTER TABLE usage DROP CONSTRAINT IF EXISTS usage_vendor_id_licensee_id_license_id_fkey;

ALTER TABLE usage DROP CONSTRAINT IF EXISTS usage_pkey;

ALTER TABLE usage ADD PRIMARY KEY (vendor_id, position, place, license_id);
