//! Events and their deliveries.

use crate::sql::{Database, values};

use super::{At, Outcome, execute};
use crate::delivery::{Attempt, DeliveryState, Tried};
use crate::ids::{EventId, NotificationId};
use crate::write::Announcement;

/// Writes the event, and a delivery of it to each listener, due at once.
pub(super) fn announce(
    db: &dyn Database,
    at: &At,
    id: EventId,
    announcement: &Announcement,
    listeners: &[NotificationId],
) -> Outcome {
    let licensee = announcement.licensee.as_ref().map(|number| number.as_str());
    execute(
        db,
        "INSERT INTO event (vendor_id, id, event, kind, licensee, entities, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        values![
            at.vendor.0,
            id.0,
            announcement.id,
            announcement.kind.as_str(),
            licensee,
            announcement.entities,
            at.at_ms,
        ],
    )?;
    for listener in listeners {
        execute(
            db,
            "INSERT INTO delivery
                (vendor_id, notification_id, event_id, lane, state, attempts, next_at_ms)
             VALUES (?1, ?2, ?3, ?4, 'WAITING', 0, ?5)",
            values![
                at.vendor.0,
                listener.0,
                id.0,
                licensee.unwrap_or_default(),
                at.at_ms
            ],
        )?;
    }
    Ok(())
}

/// What waits for a licensee that gets another number still goes out before what follows.
pub(super) fn rename_lane(db: &dyn Database, at: &At, former: &str, lane: &str) -> Outcome {
    execute(
        db,
        "UPDATE delivery SET lane = ?3
         WHERE vendor_id = ?1 AND lane = ?2 AND state = 'WAITING'",
        values![at.vendor.0, former, lane],
    )
}

/// Records an attempt, with the endpoint and with the delivery; either may be gone by now.
pub(super) fn deliver(db: &dyn Database, at: &At, attempt: &Attempt) -> Outcome {
    let (state, next_at_ms, pause_until_ms) = match attempt.tried {
        Tried::Delivered => (DeliveryState::Delivered, at.at_ms, None),
        Tried::GivenUp => (DeliveryState::GivenUp, at.at_ms, None),
        Tried::Failed {
            retry_at,
            pause_until,
        } => (
            DeliveryState::Waiting,
            retry_at.as_millisecond(),
            pause_until.map(|until| until.as_millisecond()),
        ),
    };
    let key = attempt.key;
    execute(
        db,
        "UPDATE delivery SET
            state = ?4, attempts = attempts + 1, next_at_ms = ?5, tried_at_ms = ?6, status = ?7,
            fault = ?8
         WHERE vendor_id = ?1 AND notification_id = ?2 AND event_id = ?3",
        values![
            at.vendor.0,
            key.notification.0,
            key.event.0,
            state.as_str(),
            next_at_ms,
            at.at_ms,
            attempt.status,
            attempt.fault,
        ],
    )?;
    if state == DeliveryState::Delivered {
        execute(
            db,
            "UPDATE notification SET failures = 0, paused_until_ms = NULL
             WHERE vendor_id = ?1 AND id = ?2 AND failures > 0",
            values![at.vendor.0, key.notification.0],
        )
    } else {
        execute(
            db,
            "UPDATE notification SET
                failures = failures + 1,
                paused_until_ms = coalesce(?3, paused_until_ms)
             WHERE vendor_id = ?1 AND id = ?2",
            values![at.vendor.0, key.notification.0, pause_until_ms],
        )
    }
}

/// Deletes old events with their deliveries, also those that nobody took, and old replies.
pub(super) fn forget(
    db: &dyn Database,
    at: &At,
    events_before_ms: i64,
    replies_before_ms: i64,
) -> Outcome {
    execute(
        db,
        "DELETE FROM event WHERE vendor_id = ?1 AND at_ms < ?2",
        values![at.vendor.0, events_before_ms],
    )?;
    execute(
        db,
        "DELETE FROM remembered_reply WHERE vendor_id = ?1 AND at_ms < ?2",
        values![at.vendor.0, replies_before_ms],
    )
}
