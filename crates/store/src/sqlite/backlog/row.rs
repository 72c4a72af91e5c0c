//! The two kinds of rows that may be behind.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leasehold_model::property::Given;

use crate::error::StoreError;
use crate::ids::{LicenseId, LicenseeId, VendorId};
use crate::sql::Database;
use crate::sql::apply::{At, drop_session, put_session, put_used};

/// A row, in the order of its table.
pub(super) trait Row: Clone + Ord {
    /// What it is to say.
    type Content: Copy;

    /// Before all rows of the licensee, or their first.
    fn first(vendor: VendorId, licensee: LicenseeId) -> Self;

    fn is_of(&self, vendor: VendorId, licensee: LicenseeId) -> bool;

    /// Brings it up to date.
    fn tell(&self, db: &dyn Database, content: &Self::Content) -> Result<(), StoreError>;
}

/// The rows of one licensee.
pub(super) fn of_licensee<R: Row, T>(
    rows: &BTreeMap<R, T>,
    vendor: VendorId,
    licensee: LicenseeId,
) -> impl Iterator<Item = (&R, &T)> {
    rows.range(R::first(vendor, licensee)..)
        .take_while(move |(row, _)| row.is_of(vendor, licensee))
}

/// A license's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct LicenseRow {
    pub(in super::super) vendor: VendorId,
    pub(in super::super) licensee: LicenseeId,
    pub(in super::super) license: LicenseId,
}

impl Row for LicenseRow {
    /// What was used.
    type Content = i64;

    fn first(vendor: VendorId, licensee: LicenseeId) -> Self {
        Self {
            vendor,
            licensee,
            license: LicenseId(i64::MIN),
        }
    }

    fn is_of(&self, vendor: VendorId, licensee: LicenseeId) -> bool {
        (self.vendor, self.licensee) == (vendor, licensee)
    }

    fn tell(&self, db: &dyn Database, used: &i64) -> Result<(), StoreError> {
        put_used(db, self.vendor, (self.licensee, self.license), *used)
    }
}

/// The row of a session on a license.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct SessionRow {
    pub(in super::super) license: LicenseRow,
    pub(in super::super) session: Box<str>,
}

/// What became of a session's seat since its row was last written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Seat {
    Held {
        until: Timestamp,
        /// The audit row that gave it, unless the row knows of an earlier one.
        taken: i64,
        /// When: what the row says counts if it lasted longer. In milliseconds.
        at_ms: i64,
    },
    GivenBack,
}

impl Seat {
    /// A seat that is taken, or kept, by the audit row at `position` and at `at_ms`; `before` is what had
    /// become of it. A renewal keeps the position where the seat was taken.
    pub(super) fn held(before: Option<Self>, until: Timestamp, position: i64, at_ms: i64) -> Self {
        /// Later than any row can last.
        const NEVER: i64 = i64::MAX;
        let (taken, at_ms) = match before {
            None => (position, at_ms),
            Some(Self::Held {
                until,
                taken,
                at_ms: first,
            }) if until.as_millisecond() > at_ms => (taken, first),
            Some(_) => (position, NEVER),
        };
        Self::Held {
            until,
            taken,
            at_ms,
        }
    }

    /// Until when the seat is held; `None`: it is free.
    pub(super) fn until(&self) -> Option<Given<Timestamp>> {
        match self {
            Self::Held { until, .. } => Some(Given::at(*until)),
            Self::GivenBack => None,
        }
    }
}

impl Row for SessionRow {
    type Content = Seat;

    fn first(vendor: VendorId, licensee: LicenseeId) -> Self {
        Self {
            license: LicenseRow::first(vendor, licensee),
            session: Box::default(),
        }
    }

    fn is_of(&self, vendor: VendorId, licensee: LicenseeId) -> bool {
        self.license.is_of(vendor, licensee)
    }

    fn tell(&self, db: &dyn Database, seat: &Seat) -> Result<(), StoreError> {
        let LicenseRow {
            vendor,
            licensee,
            license,
        } = self.license;
        match seat {
            Seat::Held {
                until,
                taken,
                at_ms,
            } => {
                let at = At {
                    vendor,
                    position: *taken,
                    place: 0,
                    at_ms: *at_ms,
                };
                let expires = Given::at(*until);
                put_session(db, &at, (licensee, license), &self.session, &expires)
            }
            Seat::GivenBack => drop_session(db, vendor, (licensee, license), &self.session),
        }
    }
}
