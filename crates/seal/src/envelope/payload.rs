//! What a package carries: the document, deflated, then sealed to whoever may
//! open it.

use age::secrecy::SecretString;
use age::{DecryptError, scrypt};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use super::{EnvelopeError, INFLATED_LIMIT, Lock};
use crate::deflate::deflate;
use crate::secret::Secret;

/// Deflates and seals.
pub(crate) fn seal(
    document: &[u8],
    lock: &Lock<'_>,
    work_factor: u8,
) -> Result<Vec<u8>, EnvelopeError> {
    if document.len() > INFLATED_LIMIT {
        return Err(EnvelopeError::Limit(INFLATED));
    }
    let deflated = deflate(document);
    match lock {
        Lock::None => Ok(deflated),
        Lock::Passphrase(passphrase) => {
            let mut recipient = scrypt::Recipient::new(for_age(passphrase));
            recipient.set_work_factor(work_factor);
            age::encrypt(&recipient, &deflated)
                .map_err(|error| EnvelopeError::Seal(Box::new(error)))
        }
    }
}

/// Opens the age file of a passphrase; what it holds is still deflated.
pub(crate) fn open(payload: &[u8], passphrase: &Secret) -> Result<Vec<u8>, EnvelopeError> {
    let mut identity = scrypt::Identity::new(for_age(passphrase));
    identity.set_max_work_factor(WORK_FACTOR_LIMIT);
    age::decrypt(&identity, payload).map_err(|error| match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            EnvelopeError::WrongPassphrase
        }
        DecryptError::ExcessiveWork { .. } => EnvelopeError::Limit("scrypt work factor 20"),
        _ => EnvelopeError::Damaged,
    })
}

/// Inflates, never beyond `limit` bytes.
pub(crate) fn inflate(deflated: &[u8], limit: usize) -> Result<Vec<u8>, EnvelopeError> {
    decompress_to_vec_with_limit(deflated, limit).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => EnvelopeError::Limit(INFLATED),
        _ => EnvelopeError::Damaged,
    })
}

fn for_age(passphrase: &Secret) -> SecretString {
    SecretString::from(passphrase.expose().to_owned())
}

/// What opening accepts: 2^20 rounds take 1 GiB and some seconds, more would only stop the agent.
const WORK_FACTOR_LIMIT: u8 = 20;

const INFLATED: &str = "1 GiB inflated";
