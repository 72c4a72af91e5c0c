//! The server's own store as a player for seats: what it adds to the plainest ways, and nothing of HTTP.

use std::convert::Infallible;

use jiff::{SignedDuration, Timestamp};
use leasehold_model::change::LicenseeChange;
use leasehold_model::number::{LicenseNumber, VendorNumber};
use leasehold_model::snapshot::{Snapshot, Subject};
use leasehold_store::{Decided, Store};

use super::seats::Player;
use crate::seed::{self, HOT};

/// Longer than any run: no seat becomes free by itself.
const HELD: SignedDuration = SignedDuration::from_hours(24);

/// Decides on the hot licensee's seats by its store.
pub(super) struct Deciding {
    store: Store,
    vendor: VendorNumber,
    license: LicenseNumber,
}

impl Deciding {
    pub(super) fn new(store: &Store) -> anyhow::Result<Self> {
        Ok(Self {
            store: store.clone(),
            vendor: VendorNumber::parse(seed::VENDOR)?,
            license: LicenseNumber::parse(&seed::seats_license(HOT.0))?,
        })
    }

    async fn decide(
        &self,
        decide: impl Fn(usize) -> Option<LicenseeChange> + Sync,
    ) -> anyhow::Result<bool> {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse()?;
        let asked = |snapshot: Snapshot<'_>| {
            let taken = match snapshot.subject {
                Subject::Known { licensee, .. } => licensee.license(&self.license),
                Subject::Unknown { .. } => None,
            };
            let change = taken.and_then(|license| decide(license.sessions.len()));
            Ok::<_, Infallible>(Decided {
                outcome: change.is_some(),
                denies: change.is_none(),
                changes: change.into_iter().collect(),
                records: Vec::new(),
            })
        };
        let decided = self
            .store
            .decide(&self.vendor, HOT.0, None, seed::origin(), now, asked);
        let Ok(is_granted) = decided.await?;
        Ok(is_granted)
    }
}

impl Player for Deciding {
    async fn check_out(&mut self, session: i64) -> anyhow::Result<bool> {
        let until = "2026-01-02T00:00:00Z"
            .parse::<Timestamp>()?
            .checked_add(HELD)?;
        self.decide(|taken| {
            (taken < HOT.1).then(|| LicenseeChange::HoldSession {
                license: self.license.clone(),
                session: session.to_string().into(),
                until,
            })
        })
        .await
    }

    async fn check_in(&mut self, session: i64) -> anyhow::Result<()> {
        self.decide(|_| {
            Some(LicenseeChange::DropSession {
                license: self.license.clone(),
                session: session.to_string().into(),
            })
        })
        .await
        .map(drop)
    }
}
