//! The guard of the time: what an agent takes for the present, on a machine whose clock its owner can
//! set (section 11). The rule is the core's; here are the clocks, and the mark in the store.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use leasehold_model::number::VendorNumber;
use leasehold_model::trusted_time::{ClockState, Mark, Start, TrustedTime};
use leasehold_service::clock::Clock;
use leasehold_store::{Document, Edit, Origin, Store, StoreError, VendorView, Write};

use crate::error::AgentError;

/// A clock that nobody can set: how much has passed since the machine came up, sleep included.
pub trait Uptime: Send + Sync + 'static {
    /// Since the machine came up.
    fn uptime(&self) -> Duration;
}

/// That of the kernel.
#[derive(Debug)]
pub struct BootClock;

impl Uptime for BootClock {
    fn uptime(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::try_from(time).unwrap_or_default()
    }
}

/// Trusted time as a clock.
pub struct Guard {
    system: Arc<dyn Clock>,
    boot: Box<dyn Uptime>,
    begun: Mutex<Begun>,
    /// Time never runs backwards, not even by what a clock may be off.
    latest_ms: AtomicI64,
}

/// Where counting began.
#[derive(Debug, Clone, Copy)]
struct Begun {
    start: Start,
    uptime: Duration,
    /// What was last said of the clock, so that each change is said once.
    told: ClockState,
}

impl Guard {
    /// Begins to count from `mark`.
    pub fn new(system: Arc<dyn Clock>, boot: Box<dyn Uptime>, mark: Option<Mark>) -> Self {
        let begun = Begun::at(&*system, &*boot, mark);
        Self {
            system,
            boot,
            begun: Mutex::new(begun),
            latest_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// Begins anew, after a package has told the time. Where the clock was right, time goes on.
    fn begin(&self, mark: Option<Mark>) {
        let judged = self.judge();
        if judged.clock == ClockState::Tampered {
            *self.lock() = Begun::at(&*self.system, &*self.boot, mark);
            self.latest_ms.store(i64::MIN, Ordering::Relaxed);
            return;
        }
        // Wherever the clock stands now, it was good enough when the agent started: what it says today
        // is not what this beginning is judged by.
        let seen = mark.map_or(judged.now, |mark| mark.seen.max(judged.now));
        let mut begun = self.lock();
        begun.start = Start {
            mark: seen,
            system: seen,
        };
        begun.uptime = self.boot.uptime();
    }

    /// The time, and how the system's clock stands to it.
    pub fn judge(&self) -> TrustedTime {
        let system = self.system.now();
        let uptime = self.boot.uptime();
        let mut begun = self.lock();
        let elapsed = uptime.saturating_sub(begun.uptime);
        let elapsed = SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::MAX);
        let judged = begun.start.judge(elapsed, system);
        if judged.clock != begun.told {
            begun.told = judged.clock;
            tell(judged, system);
        }
        drop(begun);
        let now_ms = judged.now.as_millisecond();
        let before_ms = self.latest_ms.fetch_max(now_ms, Ordering::Relaxed);
        let now = Timestamp::from_millisecond(now_ms.max(before_ms)).unwrap_or(judged.now);
        TrustedTime { now, ..judged }
    }

    // A panic elsewhere cannot leave it half changed: every change is one assignment.
    fn lock(&self) -> std::sync::MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Guard {
    fn now(&self) -> Timestamp {
        self.judge().now
    }
}

impl Begun {
    fn at(system: &dyn Clock, boot: &dyn Uptime, mark: Option<Mark>) -> Self {
        let now = system.now();
        Self {
            start: Start {
                mark: mark.map_or(now, |mark| mark.seen),
                system: now,
            },
            uptime: boot.uptime(),
            told: ClockState::Good,
        }
    }
}

fn tell(judged: TrustedTime, system: Timestamp) {
    let (now, system) = (judged.now.to_string(), system.to_string());
    match judged.clock {
        ClockState::Good => tracing::info!(now, "the system's clock is right again"),
        ClockState::Behind => tracing::warn!(
            now,
            system,
            "the system's clock is behind; time goes on from where it was last seen"
        ),
        ClockState::Tampered => tracing::error!(
            now,
            system,
            "the system's clock is more than a day behind; nothing is granted until it is set \
             right, or a new package is imported"
        ),
        ClockState::Ahead => tracing::warn!(
            now,
            system,
            "the system's clock was set ahead while the agent runs, and does not count"
        ),
    }
}

/// The name of the document that keeps the mark.
const NAME: &str = "trusted time";

/// The mark in a store. `None` in a store that never had one: it was made before there were marks. One
/// that cannot be read, or is gone although the audit log tells of it, is not taken for that: whoever
/// could remove it would set the time as they like.
pub(crate) fn mark(view: &VendorView<'_>) -> Result<Option<Mark>, AgentError> {
    let damaged = |what| StoreError::Damaged(format!("how far time has come {what}"));
    let Some(document) = view.document(NAME) else {
        return match view.has_kept(NAME) {
            true => Err(damaged("is gone").into()),
            false => Ok(None),
        };
    };
    let read = || {
        let (seen, anchor) = str::from_utf8(&document).ok()?.split_once(' ')?;
        Some(Mark {
            seen: seen.parse().ok()?,
            anchor: anchor.parse().ok()?,
        })
    };
    match read() {
        Some(mark) => Ok(Some(mark)),
        None => Err(damaged("cannot be read").into()),
    }
}

/// How the system's clock stands to a mark while nothing runs.
pub(crate) fn clock_at(mark: Option<Mark>, now: Timestamp) -> ClockState {
    let mark = mark.map_or(now, |mark| mark.seen);
    let start = Start { mark, system: now };
    start.judge(SignedDuration::ZERO, now).clock
}

/// Keeps a mark.
pub(crate) fn keep(mark: Mark) -> Write {
    let Mark { seen, anchor } = mark;
    Write::PutDocument(Document {
        name: NAME.into(),
        content: format!("{seen} {anchor}").into_bytes(),
    })
}

/// Begins anew from the mark in the store.
pub(crate) async fn begin(
    guard: &Guard,
    store: &Store,
    vendor: &VendorNumber,
) -> Result<(), AgentError> {
    let found = store.read(vendor, mark).await??;
    guard.begin(found);
    Ok(())
}

/// Writes down how far time has come, where that is a while further than what is written. A clock that
/// is off moves nothing.
pub(crate) async fn note(
    guard: &Guard,
    store: &Store,
    vendor: &VendorNumber,
) -> Result<(), AgentError> {
    const A_WHILE: SignedDuration = SignedDuration::from_mins(10);
    let judged = guard.judge();
    if judged.clock == ClockState::Tampered {
        return Ok(());
    }
    let origin = Origin {
        actor: "local".into(),
        action: "agent.time",
    };
    let edited = store.edit(vendor, origin, judged.now, move |view| {
        let before = mark(view)?;
        let is_new = before.is_none_or(|before| judged.now >= before.seen + A_WHILE);
        let moved = Mark {
            seen: judged.now,
            anchor: before.map_or(judged.now, |before| before.anchor),
        };
        Ok::<_, AgentError>(Edit {
            outcome: (),
            writes: is_new.then(|| keep(moved)).into_iter().collect(),
        })
    });
    edited.await?
}
