//! Reads the outbox.

use jiff::Timestamp;
use leasehold_model::event::EventKind;
use leasehold_model::number::{LicenseeNumber, NotificationNumber};

use super::row::{each, get, instant, number_at, number_of, one, text_of};
use super::{Database, Row, values};
use crate::delivery::{DeliveryKey, DeliveryState, DueRow, DueRows, Event, LoggedDelivery};
use crate::error::StoreError;
use crate::ids::{EventId, NotificationId, VendorId};

/// The first of each lane that waits, of endpoints that are switched on and not paused. The firsts
/// come from an index alone, since behind them a long queue may wait.
const HEADS: &str = "
    WITH first AS (
        SELECT n.vendor_id, n.id, n.failures, min(w.event_id) AS event_id
        FROM notification n
        CROSS JOIN delivery w
        WHERE w.vendor_id = n.vendor_id AND w.notification_id = n.id
            AND n.active = 1 AND coalesce(n.paused_until_ms, 0) <= ?1 AND w.state = 'WAITING'
        GROUP BY n.vendor_id, n.id, w.lane
    ), head AS (
        SELECT d.vendor_id, d.notification_id, d.event_id, d.attempts, f.failures, d.next_at_ms
        FROM first f
        CROSS JOIN delivery d
        WHERE d.vendor_id = f.vendor_id AND d.notification_id = f.id
            AND d.event_id = f.event_id
    )";

/// An endpoint that fails is tried with what failed least: one message that it never takes must
/// not stand before those that it would take.
const PLACES: &str = "
    SELECT *,
        row_number() OVER (
            PARTITION BY vendor_id, notification_id
            ORDER BY next_at_ms > ?1, CASE WHEN failures > 0 THEN attempts ELSE 0 END, next_at_ms,
                event_id
        ) AS place,
        sum(CASE WHEN attempts > 0 THEN 1 ELSE 0 END)
            OVER (PARTITION BY vendor_id, notification_id) AS failing
    FROM head";

/// See [`crate::engine::Engine::due`].
pub(crate) fn due(
    db: &dyn Database,
    now: Timestamp,
    limit: usize,
    each_endpoint: usize,
) -> Result<DueRows, StoreError> {
    let now_ms = now.as_millisecond();
    let mut rows = Vec::new();
    let sql = format!(
        "{HEADS} SELECT p.vendor_id, p.notification_id, p.event_id, p.attempts, p.failures,
            e.event, e.kind, e.licensee, e.entities, e.at_ms, p.failing
         FROM ({PLACES}) p
         JOIN event e ON e.vendor_id = p.vendor_id AND e.id = p.event_id
         WHERE p.next_at_ms <= ?1 AND p.place <= ?3
         ORDER BY p.place, p.event_id, p.notification_id LIMIT ?2"
    );
    let [limit, each_endpoint] =
        [limit, each_endpoint].map(|most| i64::try_from(most).unwrap_or(i64::MAX));
    each(db, &sql, values![now_ms, limit, each_endpoint], |row| {
        rows.push(due_row(row)?);
        Ok(())
    })?;
    // The end of a pause may come to nothing, which costs one look.
    let sql = format!(
        "{HEADS} SELECT min(at_ms) FROM (
            SELECT next_at_ms AS at_ms FROM head
            UNION ALL SELECT paused_until_ms FROM notification WHERE active = 1
         ) AS instants WHERE at_ms > ?1"
    );
    let next = one(db, &sql, values![now_ms], |row| row.integer(0))?.flatten();
    Ok(DueRows {
        rows,
        next: next.map(instant).transpose()?,
    })
}

fn due_row(row: &dyn Row) -> Result<DueRow, StoreError> {
    Ok(DueRow {
        key: DeliveryKey {
            vendor: VendorId(get(row, 0)?),
            notification: NotificationId(get(row, 1)?),
            event: EventId(get(row, 2)?),
        },
        attempts: get(row, 3)?,
        failures: get(row, 4)?,
        failing: get(row, 10)?,
        event: Event {
            id: get(row, 5)?,
            kind: text_of(row, 6, EventKind::parse)?,
            licensee: licensee(row, 7)?,
            entities: get(row, 8)?,
            at: instant(get(row, 9)?)?,
        },
    })
}

/// See [`crate::engine::Engine::deliveries`].
pub(crate) fn deliveries(
    db: &dyn Database,
    vendor: VendorId,
    notification: NotificationId,
    limit: usize,
) -> Result<Vec<LoggedDelivery>, StoreError> {
    let mut logged = Vec::new();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    each(
        db,
        "SELECT n.number, e.event, e.kind, e.licensee, e.at_ms, d.state, d.attempts, d.tried_at_ms,
            CASE WHEN n.paused_until_ms > d.next_at_ms THEN n.paused_until_ms
                ELSE d.next_at_ms END,
            d.status, d.fault
         FROM delivery d
         JOIN notification n ON n.vendor_id = d.vendor_id AND n.id = d.notification_id
         JOIN event e ON e.vendor_id = d.vendor_id AND e.id = d.event_id
         WHERE d.vendor_id = ?1 AND d.notification_id = ?2
         ORDER BY d.event_id DESC LIMIT ?3",
        values![vendor.0, notification.0, limit],
        |row| {
            let state = text_of(row, 5, DeliveryState::parse)?;
            let tried_at: Option<i64> = get(row, 7)?;
            let next_at = instant(get(row, 8)?)?;
            logged.push(LoggedDelivery {
                notification: number_at(row, 0, NotificationNumber::parse)?,
                event: get(row, 1)?,
                kind: text_of(row, 2, EventKind::parse)?,
                licensee: licensee(row, 3)?,
                at: instant(get(row, 4)?)?,
                state,
                attempts: get(row, 6)?,
                tried_at: tried_at.map(instant).transpose()?,
                next_at: (state == DeliveryState::Waiting).then_some(next_at),
                status: get(row, 9)?,
                fault: get(row, 10)?,
            });
            Ok(())
        },
    )?;
    Ok(logged)
}

/// See [`crate::engine::Engine::is_anything_old`].
pub(crate) fn is_anything_old(
    db: &dyn Database,
    vendor: VendorId,
    events_before: Timestamp,
    replies_before: Timestamp,
) -> Result<bool, StoreError> {
    let is_old = one(
        db,
        "SELECT EXISTS (SELECT 1 FROM event WHERE vendor_id = ?1 AND at_ms < ?2)
            OR EXISTS (SELECT 1 FROM remembered_reply WHERE vendor_id = ?1 AND at_ms < ?3)",
        values![
            vendor.0,
            events_before.as_millisecond(),
            replies_before.as_millisecond()
        ],
        |row| get(row, 0),
    )?;
    Ok(is_old.unwrap_or(false))
}

/// See [`crate::engine::Engine::reply`].
pub(crate) fn reply(
    db: &dyn Database,
    vendor: VendorId,
    key: &[u8; 32],
) -> Result<Option<Box<str>>, StoreError> {
    one(
        db,
        "SELECT reply FROM remembered_reply WHERE vendor_id = ?1 AND key = ?2",
        values![vendor.0, key],
        |row| get(row, 0),
    )
}

fn licensee(row: &dyn Row, at: usize) -> Result<Option<LicenseeNumber>, StoreError> {
    let text: Option<Box<str>> = get(row, at)?;
    text.map(|text| number_of(&text, LicenseeNumber::parse))
        .transpose()
}
