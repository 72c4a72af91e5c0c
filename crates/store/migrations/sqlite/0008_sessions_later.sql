-- From here on `settled` speaks for sessions as for licenses: behind its position, what became of a seat is in
-- the audit log, and its row may be behind. So far only the rows of licenses were, which are brought up to date.
UPDATE license SET used = behind.used, used_quantity = CAST(behind.used AS TEXT)
FROM (
    SELECT vendor_id, licensee_id, license_id, used, row_number() OVER (
        PARTITION BY vendor_id, licensee_id, license_id ORDER BY position DESC, place DESC
    ) AS age
    FROM usage WHERE position > (SELECT position FROM settled)
) AS behind
WHERE behind.age = 1 AND license.vendor_id = behind.vendor_id
    AND license.licensee_id = behind.licensee_id AND license.id = behind.license_id;

UPDATE settled SET position = (SELECT coalesce(max(position), 0) FROM audit);
