//! Who may ask an agent: holders of an API key that travelled with a package,
//! as digest (8.3).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use leasehold_model::number::VendorNumber;
use leasehold_model::token::ApiKey;
use leasehold_seal::digest::sha256;
use leasehold_seal::secret::Secret;
use leasehold_seal::xmldsig::ResponseKey;
use leasehold_service::rest::auth::{API_KEY_USER, Credentials};
use leasehold_service::rest::call::{Access, Principal};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::sign_in_limit::SignInLimit;
use leasehold_store::{Store, StoreError, StoredToken, VendorView};

use crate::cli::Auth;
use crate::signing;

/// What travelled with packages.
#[derive(Default)]
struct Keys {
    tokens: Vec<StoredToken>,
    /// By the tokens' look-up keys, where replies are signed.
    signers: HashMap<[u8; 32], Arc<ResponseKey>>,
}

/// Judges credentials.
pub(super) struct SignIn {
    auth: Auth,
    vendor: VendorNumber,
    /// Replaced as a whole when an import brings others.
    keys: RwLock<Arc<Keys>>,
    limit: SignInLimit,
}

impl SignIn {
    /// Knows no key until [`Self::renew`].
    pub(super) fn new(auth: Auth, vendor: VendorNumber) -> Self {
        Self {
            auth,
            vendor,
            keys: RwLock::default(),
            limit: SignInLimit::new(FAILURES_A_MINUTE, FAILURES_A_MINUTE),
        }
    }

    /// False when anybody may ask.
    pub(super) fn demands_a_key(&self) -> bool {
        self.auth == Auth::ApiKey
    }

    /// Takes the keys that the store has by now.
    pub(super) async fn renew(&self, store: &Store) -> Result<(), StoreError> {
        let directory = store.directory().to_owned();
        let all = move |view: &VendorView<'_>| {
            let tokens: Vec<StoredToken> = view.tokens().cloned().collect();
            let signers = signing::signers(&directory, &tokens);
            Keys { tokens, signers }
        };
        let keys = Arc::new(store.read(&self.vendor, all).await?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
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
            return Ok(self.principal(Access::Open, "anybody".to_owned(), None));
        }
        let Credentials { user, password } = credentials.ok_or(Problem::Unauthenticated)?;
        if user != API_KEY_USER {
            return Err(Problem::Denied(PASSWORD_OFFLINE));
        }
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        match live_key(&keys.tokens, &password, now) {
            Some((lookup, key)) => {
                let actor = match &key.name {
                    Some(name) => format!("{API_KEY_USER} {name}"),
                    None => API_KEY_USER.to_owned(),
                };
                let access = Access::ApiKey {
                    role: key.role,
                    licensee: key.licensee.clone(),
                };
                let signer = keys.signers.get(lookup).cloned();
                Ok(self.principal(access, actor, signer))
            }
            None => Err(match self.limit.failed(&user, source, now) {
                Some(retry_after_s) => Problem::TooManyRequests { retry_after_s },
                None => Problem::BadCredentials,
            }),
        }
    }

    fn principal(
        &self,
        access: Access,
        actor: String,
        response_key: Option<Arc<ResponseKey>>,
    ) -> Principal {
        Principal {
            vendor: self.vendor.clone(),
            access,
            actor: actor.into(),
            response_key,
        }
    }
}

/// The live key of this number: a digest per key, which thousands of keys can afford.
fn live_key<'a>(
    tokens: &'a [StoredToken],
    number: &Secret,
    now: Timestamp,
) -> Option<(&'a [u8; 32], &'a ApiKey)> {
    let shown = tokens
        .iter()
        .find(|token| sha256(&[&token.sealed, number.expose().as_bytes()]) == token.lookup)?;
    let key = shown.token.api_key().filter(|key| key.is_live(now))?;
    Some((&shown.lookup, key))
}

const PASSWORD_OFFLINE: &str = "A vendor's password cannot be checked offline: sign in as 'apiKey' with an API key that was exported to this agent";

/// Of one source; further ones are answered with 429.
const FAILURES_A_MINUTE: u32 = 10;
