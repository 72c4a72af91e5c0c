//! Who may ask an agent: holders of an API key that travelled with a package,
//! as digest (8.3).

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use leasehold_model::number::VendorNumber;
use leasehold_model::token::ApiKey;
use leasehold_seal::digest::sha256;
use leasehold_seal::secret::Secret;
use leasehold_service::rest::auth::{API_KEY_USER, Credentials};
use leasehold_service::rest::call::{Access, Principal};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::sign_in_limit::SignInLimit;
use leasehold_store::{Store, StoreError, StoredToken, VendorView};

use crate::cli::Auth;

/// Judges credentials.
pub(super) struct SignIn {
    auth: Auth,
    vendor: VendorNumber,
    /// Replaced as a whole when an import brings others.
    tokens: RwLock<Arc<[StoredToken]>>,
    limit: SignInLimit,
}

impl SignIn {
    /// Knows no key until [`Self::renew`].
    pub(super) fn new(auth: Auth, vendor: VendorNumber) -> Self {
        Self {
            auth,
            vendor,
            tokens: RwLock::default(),
            limit: SignInLimit::new(FAILURES_A_MINUTE, FAILURES_A_MINUTE),
        }
    }

    /// False when anybody may ask.
    pub(super) fn demands_a_key(&self) -> bool {
        self.auth == Auth::ApiKey
    }

    /// Takes the keys that the store has by now.
    pub(super) async fn renew(&self, store: &Store) -> Result<(), StoreError> {
        let all = |view: &VendorView<'_>| view.tokens().cloned().collect();
        let tokens = store.read(&self.vendor, all).await?;
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
        Ok(())
    }

    /// Tells who asks. Right credentials are never slowed down by the failures of others.
    pub(super) fn judge(
        &self,
        credentials: Option<Credentials>,
        source: IpAddr,
        now: Timestamp,
    ) -> Result<Principal, Problem> {
        if self.auth == Auth::None {
            return Ok(self.principal(Access::Open, "anybody".to_owned()));
        }
        let Credentials { user, password } = credentials.ok_or(Problem::Unauthenticated)?;
        if user != API_KEY_USER {
            return Err(Problem::Denied(PASSWORD_OFFLINE));
        }
        let tokens = Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner));
        match live_key(&tokens, &password, now) {
            Some(key) => {
                let actor = match &key.name {
                    Some(name) => format!("{API_KEY_USER} {name}"),
                    None => API_KEY_USER.to_owned(),
                };
                let access = Access::ApiKey {
                    role: key.role,
                    licensee: key.licensee.clone(),
                };
                Ok(self.principal(access, actor))
            }
            None => Err(match self.limit.failed(&user, source, now) {
                Some(retry_after_s) => Problem::TooManyRequests { retry_after_s },
                None => Problem::BadCredentials,
            }),
        }
    }

    fn principal(&self, access: Access, actor: String) -> Principal {
        Principal {
            vendor: self.vendor.clone(),
            access,
            actor: actor.into(),
            // A vendor's private keys stay with the vendor: an agent signs no replies.
            response_key: None,
        }
    }
}

/// The live key of this number: a digest per key, which thousands of keys can afford.
fn live_key<'a>(tokens: &'a [StoredToken], number: &Secret, now: Timestamp) -> Option<&'a ApiKey> {
    let shown = tokens
        .iter()
        .find(|token| sha256(&[&token.sealed, number.expose().as_bytes()]) == token.lookup)?;
    shown.token.api_key().filter(|key| key.is_live(now))
}

const PASSWORD_OFFLINE: &str = "A vendor's password cannot be checked offline: sign in as 'apiKey' with an API key that was exported to this agent";

/// Of one source; further ones are answered with 429.
const FAILURES_A_MINUTE: u32 = 10;
