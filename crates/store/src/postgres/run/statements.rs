//! The statements of a run: each writes a column of values for each column of its rows.
//!
//! Those that meet a table by its key say of each row what always holds (`v.id > 0`). PostgreSQL knows
//! nothing of the columns, takes each such condition for one that leaves a third, and so expects few rows
//! and goes by the index; else it would rather walk through the whole table for each group
//! (decision 0038).

use leasehold_model::property::LARGEST_INTEGER;

pub(super) const TRANSACTIONS: &str = "
    INSERT INTO vendor_transaction
        (vendor_id, id, number, active, status, source, licensee, grand_total_hundredths,
         discount_hundredths, currency, payment_method, created_at_ms, closed_at_ms, properties)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[],
        $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[], $11::text[],
        $12::bigint[], $13::bigint[], $14::text[])";

pub(super) const JOINED: &str = "
    INSERT INTO transaction_license (vendor_id, transaction_id, place, license_id, license)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])";

pub(super) const DROPPED: &str = "
    DELETE FROM session AS s
    USING unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])
        AS v (vendor_id, licensee_id, license_id, session)
    WHERE v.vendor_id > 0 AND v.licensee_id > 0 AND v.license_id > 0
        AND s.vendor_id = v.vendor_id AND s.licensee_id = v.licensee_id
        AND s.license_id = v.license_id AND s.session = v.session";

/// Nobody else writes sessions while this does, so that what the join sees is what is replaced.
pub(super) const HELD: &str = "
    INSERT INTO session
        (vendor_id, licensee_id, license_id, session, expires, expires_at_ms, taken_position)
    SELECT v.vendor_id, v.licensee_id, v.license_id, v.session, v.expires, v.expires_at_ms,
        CASE WHEN s.expires_at_ms > v.live_after_ms THEN s.taken_position ELSE v.taken_position END
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],
        $7::bigint[], $8::bigint[])
        AS v (vendor_id, licensee_id, license_id, session, expires, expires_at_ms, taken_position,
            live_after_ms)
    LEFT JOIN session AS s ON s.vendor_id = v.vendor_id AND s.licensee_id = v.licensee_id
        AND s.license_id = v.license_id AND s.session = v.session
    WHERE v.vendor_id > 0 AND v.licensee_id > 0 AND v.license_id > 0
    ON CONFLICT (vendor_id, licensee_id, license_id, session) DO UPDATE SET
        expires = excluded.expires, expires_at_ms = excluded.expires_at_ms,
        taken_position = excluded.taken_position";

/// One row for each use, as far as a count may go (`used_after` in the model). `already` and
/// `through` count what the run's uses of the license come to before and after this one.
pub(super) const USAGE: &str = "
    INSERT INTO usage
        (vendor_id, position, place, license_id, licensee_id, amount, used, at_ms)
    SELECT v.vendor_id, v.position, v.place, v.license_id, v.licensee_id,
        least(v.through, 999999999999999999 - l.used)
            - least(v.already, 999999999999999999 - l.used),
        l.used + least(v.through, 999999999999999999 - l.used),
        v.at_ms
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[])
        AS v (vendor_id, licensee_id, license_id, position, place, already, through, at_ms)
    JOIN license AS l ON l.vendor_id = v.vendor_id AND l.licensee_id = v.licensee_id
        AND l.id = v.license_id
    WHERE v.vendor_id > 0 AND v.licensee_id > 0 AND v.license_id > 0
        AND least(v.through, 999999999999999999 - l.used)
        > least(v.already, 999999999999999999 - l.used)";

/// What the uses of a run add up to.
pub(super) const USED: &str = "
    UPDATE license AS l SET
        used = l.used + least(v.total, 999999999999999999 - l.used),
        used_quantity = CAST(l.used + least(v.total, 999999999999999999 - l.used) AS TEXT)
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
        AS v (vendor_id, licensee_id, id, total)
    WHERE v.vendor_id > 0 AND v.licensee_id > 0 AND v.id > 0
        AND l.vendor_id = v.vendor_id AND l.licensee_id = v.licensee_id AND l.id = v.id";

// The number in the two statements above, which cannot name it.
const _: () = assert!(LARGEST_INTEGER == 999_999_999_999_999_999);

pub(super) const STARTS: &str = "
    UPDATE license AS l SET start_date = v.start_date, start_at_ms = v.start_at_ms
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
        AS v (vendor_id, licensee_id, id, start_date, start_at_ms)
    WHERE v.vendor_id > 0 AND v.licensee_id > 0 AND v.id > 0
        AND l.vendor_id = v.vendor_id AND l.licensee_id = v.licensee_id AND l.id = v.id";

pub(super) const NODES: &str = "
    INSERT INTO node_secret (vendor_id, licensee_id, license_id, slot, secret)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
    ON CONFLICT (vendor_id, licensee_id, license_id, slot) DO UPDATE SET secret = excluded.secret";

pub(super) const SECRETS: &str = "
    UPDATE licensee AS e SET secret = v.secret
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS v (vendor_id, id, secret)
    WHERE v.vendor_id > 0 AND v.id > 0 AND e.vendor_id = v.vendor_id AND e.id = v.id";

pub(super) const WARNINGS: &str = "
    UPDATE licensee AS e SET warning_levels = v.warning_levels
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS v (vendor_id, id, warning_levels)
    WHERE v.vendor_id > 0 AND v.id > 0 AND e.vendor_id = v.vendor_id AND e.id = v.id";

pub(super) const EVENTS: &str = "
    INSERT INTO event (vendor_id, id, event, kind, licensee, entities, at_ms)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
        $6::text[], $7::bigint[])";

pub(super) const DELIVERIES: &str = "
    INSERT INTO delivery
        (vendor_id, notification_id, event_id, lane, state, attempts, next_at_ms)
    SELECT v.vendor_id, v.notification_id, v.event_id, v.lane, 'WAITING', 0, v.next_at_ms
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
        AS v (vendor_id, notification_id, event_id, lane, next_at_ms)";

pub(super) const REPLIES: &str = "
    INSERT INTO remembered_reply (vendor_id, key, request, reply, at_ms)
    SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::text[], $5::bigint[])
    ON CONFLICT (vendor_id, key) DO UPDATE SET
        request = excluded.request, reply = excluded.reply, at_ms = excluded.at_ms";
