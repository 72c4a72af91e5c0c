//! Replies that are remembered under an `Idempotency-Key`. Some tell what opens something, an API
//! key's number or a webhook's secret, which never lies in the store as it is (decision 0006).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::installation::InstallationKey;

/// What a reply is encrypted for.
const SEALED_FOR: &str = "remembered reply";

/// Neither an empty reply nor JSON begins like this.
const MARK: &str = "sealed:";

/// The reply as the store keeps it.
pub(super) fn seal(installation: &InstallationKey, reply: &str) -> Box<str> {
    let sealed = installation.seal(SEALED_FOR, reply.as_bytes());
    format!("{MARK}{}", STANDARD.encode(sealed)).into()
}

/// The reply that the store keeps as `kept`; that of a validation, which tells no secret, as it
/// stands. `None`: another installation's key closed it.
pub(crate) fn open(installation: &InstallationKey, kept: &str) -> Option<String> {
    let Some(encoded) = kept.strip_prefix(MARK) else {
        return Some(kept.to_owned());
    };
    let sealed = STANDARD.decode(encoded).ok()?;
    let reply = installation.open(SEALED_FOR, &sealed).ok()?;
    String::from_utf8(reply.to_vec()).ok()
}
