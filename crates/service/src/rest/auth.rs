//! Credentials, and the memory of verified ones.

use leasehold_seal::secret::Secret;

/// HTTP Basic credentials, split at the first `:`.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The vendor's login, or `apiKey`.
    pub user: String,
    /// The password, or the API key's number.
    pub password: Secret,
}

/// The user name that announces an API key.
pub const API_KEY_USER: &str = "apiKey";
