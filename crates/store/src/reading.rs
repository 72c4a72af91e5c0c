//! Which licensees are being read from disk just now, so that many who ask for one read it once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::ids::LicenseeId;
use crate::inner::lock;

/// Licensees, each with whoever waits for its reading to end.
#[derive(Debug, Default)]
pub(crate) struct Readings(Mutex<HashMap<LicenseeId, watch::Sender<()>>>);

/// What somebody who needs a licensee's body is to do.
pub(crate) enum Turn {
    /// To read it. Ended when dropped.
    Reads(Reading),
    /// To look again when somebody else has.
    Waits(watch::Receiver<()>),
}

/// A licensee that is being read.
#[derive(Debug)]
pub(crate) struct Reading {
    readings: Arc<Readings>,
    licensee: LicenseeId,
}

impl Readings {
    /// Ids are unique among all vendors.
    pub(crate) fn turn(self: &Arc<Self>, licensee: LicenseeId) -> Turn {
        let mut readings = lock(&self.0);
        if let Some(ends) = readings.get(&licensee) {
            return Turn::Waits(ends.subscribe());
        }
        readings.insert(licensee, watch::Sender::default());
        Turn::Reads(Reading {
            readings: Arc::clone(self),
            licensee,
        })
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        lock(&self.readings.0).remove(&self.licensee);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_reads_and_the_others_wait_for_that() {
        let readings = Arc::new(Readings::default());
        let licensee = LicenseeId(1);
        let Turn::Reads(reading) = readings.turn(licensee) else {
            panic!("nobody reads it");
        };
        let Turn::Waits(mut ends) = readings.turn(licensee) else {
            panic!("somebody reads it");
        };
        assert!(matches!(readings.turn(LicenseeId(2)), Turn::Reads(_)));
        drop(reading);
        assert!(ends.changed().await.is_err());
        assert!(matches!(readings.turn(licensee), Turn::Reads(_)));
    }
}
