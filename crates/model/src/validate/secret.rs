//! The licensee's secret (G-11): deprecated, still served.

use crate::licensee::{Licensee, LicenseeSecret};
use crate::product::LicenseeSecretMode;

/// How the secret shown compares with the one that is stored.
pub(super) enum Secrecy {
    /// Right, or not asked for.
    Fits,
    /// The first one shown: it is kept from now on.
    New(LicenseeSecret),
    /// Wrong, missing, or none was ever set.
    Mismatch,
}

impl Secrecy {
    pub(super) fn of(mode: LicenseeSecretMode, licensee: &Licensee, shown: Option<&str>) -> Self {
        let shown = shown.filter(|secret| !secret.is_empty());
        match (mode, &licensee.secret, shown) {
            (LicenseeSecretMode::Disabled, _, _) | (LicenseeSecretMode::Client, None, None) => {
                Self::Fits
            }
            (LicenseeSecretMode::Client, None, Some(shown)) => {
                Self::New(LicenseeSecret::new(shown))
            }
            (_, Some(stored), Some(shown)) if is_equal(stored.expose(), shown) => Self::Fits,
            _ => Self::Mismatch,
        }
    }
}

/// Compares without telling by its duration where the first difference is.
fn is_equal(stored: &str, shown: &str) -> bool {
    let pairs = stored.bytes().zip(shown.bytes());
    let difference = pairs.fold(0, |all, (one, other)| all | (one ^ other));
    stored.len() == shown.len() && core::hint::black_box(difference) == 0
}
