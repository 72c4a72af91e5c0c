//! Who asks: a vendor by password, or a program by API key (wire contract, section 6).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use leasehold_model::number::VendorNumber;
use leasehold_seal::installation::InstallationKey;
use leasehold_seal::xmldsig::ResponseKey;
use leasehold_service::rest::auth::{API_KEY_USER, Credentials};
use leasehold_service::rest::call::{Access, Principal};
use leasehold_service::rest::credential_cache::{CredentialCache, Verified};
use leasehold_service::rest::credential_hash::{CredentialHash, CredentialHasher};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::sign_in_limit::SignInLimit;
use leasehold_store::{Store, StoredToken};

use crate::app::token::RESPONSE_KEY_SEALED_FOR;
use crate::demo;
use crate::password::{PasswordError, Verdict, Verifier};

/// Sign-ins remembered at most.
const REMEMBERED: usize = 10_000;

/// Keys that sign replies, remembered at most; each takes a few kilobytes.
const RESPONSE_KEYS: usize = 1000;

/// Judges credentials.
pub(crate) struct SignIn {
    hasher: CredentialHasher,
    cache: CredentialCache<Principal, Refused>,
    lookups: Lookups,
    limit: SignInLimit,
    verifier: Verifier,
    response_keys: Mutex<HashMap<[u8; 32], Arc<ResponseKey>>>,
    /// Only with `--demo` do the demo vendor's well-known credentials open anything.
    is_demo: bool,
}

/// Under what the store knows the API keys that were right: making it out takes longer than the rest
/// of a sign-in, and is the same each time.
#[derive(Default)]
struct Lookups(RwLock<HashMap<CredentialHash, [u8; 32]>>);

impl Lookups {
    fn get(&self, hash: CredentialHash) -> Option<[u8; 32]> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&hash).copied()
    }

    fn put(&self, hash: CredentialHash, lookup: [u8; 32]) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash, lookup);
    }
}

#[derive(Debug, Clone, Copy)]
enum Refused {
    Wrong,
    Busy,
}

impl SignIn {
    pub(crate) fn new(is_demo: bool) -> Result<Self, PasswordError> {
        Ok(Self {
            hasher: CredentialHasher::draw(),
            cache: CredentialCache::new(REMEMBERED),
            lookups: Lookups::default(),
            limit: SignInLimit::default(),
            verifier: Verifier::new()?,
            response_keys: Mutex::default(),
            is_demo,
        })
    }

    /// Tells who shows `credentials`.
    pub(crate) async fn principal(
        &self,
        store: &Store,
        installation: &InstallationKey,
        credentials: &Credentials,
        source: IpAddr,
        now: Timestamp,
    ) -> Result<Principal, Problem> {
        let found = if credentials.user == API_KEY_USER {
            self.by_api_key(store, installation, credentials, now)
                .ok_or(Refused::Wrong)
        } else {
            self.by_password(store, credentials, source, now).await
        };
        found.map_err(|refused| self.refusal(refused, &credentials.user, source, now))
    }

    fn by_api_key(
        &self,
        store: &Store,
        installation: &InstallationKey,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Option<Principal> {
        let hash = self.hasher.hash(credentials);
        let known = self.lookups.get(hash);
        let lookup = known.unwrap_or_else(|| installation.lookup(credentials.password.expose()));
        // The token itself is looked at each time: what happened to it counts at once.
        let (vendor, token) = store.token(&lookup)?;
        let key = token.token.api_key()?;
        if !key.is_live(now) || !self.is_open(&vendor) {
            return None;
        }
        if known.is_none() {
            self.lookups.put(hash, lookup);
        }
        let actor = match &key.name {
            Some(name) => format!("{API_KEY_USER} {name}"),
            None => API_KEY_USER.to_owned(),
        };
        Some(Principal {
            vendor,
            access: Access::ApiKey {
                role: key.role,
                licensee: key.licensee.clone(),
            },
            actor: actor.into(),
            response_key: self.response_key(installation, &token),
        })
    }

    /// The key that signs replies, read once and remembered: reading it takes as long as signing.
    fn response_key(
        &self,
        installation: &InstallationKey,
        token: &StoredToken,
    ) -> Option<Arc<ResponseKey>> {
        let sealed = token.response_key.as_deref()?;
        let mut known = self
            .response_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = known.get(&token.lookup) {
            return Some(Arc::clone(key));
        }
        let opened = installation.open(RESPONSE_KEY_SEALED_FOR, sealed).ok();
        let key = opened.and_then(|pkcs8| ResponseKey::from_pkcs8(&pkcs8).ok());
        let Some(key) = key.map(Arc::new) else {
            tracing::warn!(
                "an API key's private key is of another installation; replies stay unsigned"
            );
            return None;
        };
        if known.len() >= RESPONSE_KEYS {
            known.clear();
        }
        known.insert(token.lookup, Arc::clone(&key));
        Some(key)
    }

    async fn by_password(
        &self,
        store: &Store,
        credentials: &Credentials,
        source: IpAddr,
        now: Timestamp,
    ) -> Result<Principal, Refused> {
        let account = store
            .account_by_login(&credentials.user)
            .filter(|account| self.is_open(&account.vendor.number));
        let revision = account.as_ref().map(|account| account.revision);
        let verify = async {
            let is_suspect = self.limit.is_reached(&credentials.user, source, now);
            let hash = account.as_ref().and_then(|known| known.password.as_ref());
            let verdict = self
                .verifier
                .verify(&credentials.password, hash, is_suspect)
                .await;
            match (verdict, &account) {
                (Verdict::Right, Some(account)) => Ok(Verified {
                    principal: Principal {
                        vendor: account.vendor.number.clone(),
                        access: Access::Login,
                        actor: account.vendor.login.clone(),
                        response_key: None,
                    },
                    revision: account.revision,
                }),
                (Verdict::Busy, _) => Err(Refused::Busy),
                _ => Err(Refused::Wrong),
            }
        };
        self.cache
            .verified(self.hasher.hash(credentials), revision, now, verify)
            .await
    }

    fn refusal(&self, refused: Refused, user: &str, source: IpAddr, now: Timestamp) -> Problem {
        match refused {
            Refused::Busy => Problem::Busy,
            Refused::Wrong => {
                tracing::info!(source = %source, "a sign-in failed");
                match self.limit.failed(user, source, now) {
                    Some(retry_after_s) => Problem::TooManyRequests { retry_after_s },
                    None => Problem::BadCredentials,
                }
            }
        }
    }

    fn is_open(&self, vendor: &VendorNumber) -> bool {
        self.is_demo || vendor.as_str() != demo::VENDOR
    }
}
