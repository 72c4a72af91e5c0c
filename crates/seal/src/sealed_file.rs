//! A file under a passphrase: deflated, then an age file, as the payload of a package is.

use zeroize::Zeroizing;

use crate::envelope::{EnvelopeError, payload};
use crate::secret::Secret;

/// Seals. Takes about a second and 128 MiB: not for an async thread.
pub fn seal(plain: &[u8], passphrase: &Secret) -> Result<Vec<u8>, EnvelopeError> {
    payload::seal(
        plain,
        &crate::envelope::Lock::Passphrase(passphrase),
        crate::envelope::WORK_FACTOR,
    )
}

/// Opens what [`seal`] made.
pub fn open(sealed: &[u8], passphrase: &Secret) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let deflated = Zeroizing::new(payload::open(sealed, passphrase)?);
    let plain = payload::inflate(&deflated, crate::envelope::INFLATED_LIMIT)?;
    Ok(Zeroizing::new(plain))
}
