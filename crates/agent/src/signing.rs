//! The keys that replies are signed with (6.3): they come in packages, and lie in the database encrypted
//! under a key that lies beside it, as a server keeps its own.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_model::number::ProductNumber;
use leasehold_seal::installation::InstallationKey;
use leasehold_seal::xmldsig::ResponseKey;
use leasehold_store::{Document, StoredToken, VendorView, Write};
use leasehold_wire::assets::{AgentSigning, ReplySigning};
use serde::{Deserialize, Serialize};

use crate::error::AgentError;
use crate::import::Taken;

/// The file beside the database.
pub(crate) const KEY_FILE: &str = "installation.key";

/// What every such key is encrypted for.
const SEALED_FOR: &str = "response key";

/// The agent's own key as it is kept, in base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    /// X.509: the vendor's word for it.
    certificate: String,
    /// What clients are configured with: a SubjectPublicKeyInfo.
    public_key: String,
    /// PKCS#8, encrypted.
    sealed_key: String,
}

/// Adds to the writes of an import what the packages bring to sign with: the agent's key of each, and with
/// each API key whose replies are signed the one that signs them. Nothing is encrypted twice in another
/// way, so that a thousand API keys make one key to read.
pub(crate) fn keep(
    directory: &Path,
    taken: &[Taken],
    writes: &mut Vec<Write>,
) -> Result<(), AgentError> {
    let signs = |package: &&Taken| {
        let mut keys = package.assets.api_keys.iter();
        package.assets.signing.is_some() || keys.any(|key| key.signing != ReplySigning::Unsigned)
    };
    if !taken.iter().any(|package| signs(&package)) {
        return Ok(());
    }
    let key_file = directory.join(KEY_FILE);
    let installation = InstallationKey::load_or_create(&key_file).map_err(unusable)?;
    let mut signers: HashMap<[u8; 32], Vec<u8>> = HashMap::new();
    let mut documents = Vec::new();
    for package in taken.iter().filter(signs) {
        let assets = &package.assets;
        let own = assets.signing.as_ref();
        let own = own.map(|signing| kept(&installation, signing, &package.name));
        let own = own.transpose()?;
        for key in &assets.api_keys {
            let sealed = match (&key.signing, &own) {
                (ReplySigning::Agent, Some((_, sealed))) => sealed.clone(),
                (ReplySigning::Own(key), _) => installation.seal(SEALED_FOR, key.expose()),
                _ => continue,
            };
            signers.insert(key.digest, sealed);
        }
        if let Some((kept, _)) = own {
            documents.push(Write::PutDocument(Document {
                name: name(&assets.product.product.number),
                content: serde_json::to_vec(&kept).map_err(unreadable)?,
            }));
        }
    }
    for write in &mut *writes {
        if let Write::PutToken(token) = write {
            token.response_key = signers.remove(&token.lookup);
        }
    }
    writes.extend(documents);
    Ok(())
}

/// A package's own key as it is kept, and its encrypted form.
fn kept(
    installation: &InstallationKey,
    signing: &AgentSigning,
    file: &str,
) -> Result<(Kept, Vec<u8>), AgentError> {
    let key = ResponseKey::from_pkcs8(signing.key.expose()).map_err(|_| AgentError::Package {
        file: file.to_owned(),
        fault: crate::error::PackageFault::Damaged,
    })?;
    let sealed = installation.seal(SEALED_FOR, signing.key.expose());
    let kept = Kept {
        certificate: STANDARD.encode(&signing.certificate),
        public_key: STANDARD.encode(key.verifier().der()),
        sealed_key: STANDARD.encode(&sealed),
    };
    Ok((kept, sealed))
}

/// The public key, in base64, that clients verify this product's replies with; `None` where a package
/// brought none.
pub(crate) fn public_key(view: &VendorView<'_>, product: &ProductNumber) -> Option<String> {
    let kept = view.document(&name(product))?;
    let kept: Kept = serde_json::from_slice(&kept).ok()?;
    Some(kept.public_key)
}

/// The keys of those tokens whose replies are signed, by the tokens' look-up keys. Where the key file is
/// gone there are none: an agent that cannot sign still answers, and clients that verify refuse it.
pub(crate) fn signers(
    directory: &Path,
    tokens: &[StoredToken],
) -> HashMap<[u8; 32], Arc<ResponseKey>> {
    let key_file = directory.join(KEY_FILE);
    let mut signing = tokens
        .iter()
        .filter_map(|token| Some((token.lookup, token.response_key.as_deref()?)))
        .peekable();
    if signing.peek().is_none() {
        return HashMap::new();
    }
    let installation = match key_file.exists() {
        true => InstallationKey::load_or_create(&key_file).ok(),
        false => None,
    };
    let mut known: HashMap<&[u8], Option<Arc<ResponseKey>>> = HashMap::new();
    let mut signers = HashMap::new();
    let mut lost = 0;
    for (lookup, sealed) in signing {
        let key = known.entry(sealed).or_insert_with(|| {
            let opened = installation.as_ref()?.open(SEALED_FOR, sealed).ok()?;
            ResponseKey::from_pkcs8(&opened).ok().map(Arc::new)
        });
        match key {
            Some(key) => {
                signers.insert(lookup, Arc::clone(key));
            }
            None => lost += 1,
        }
    }
    if lost > 0 {
        tracing::warn!(
            api_keys = lost,
            "'{KEY_FILE}' is missing or another one: replies that should be signed are not; \
             import a new export"
        );
    }
    signers
}

fn name(product: &ProductNumber) -> Box<str> {
    format!("agent key {product}").into()
}

fn unusable(error: impl Error + Send + Sync + 'static) -> AgentError {
    AgentError::internal("use the key beside the database", error)
}

fn unreadable(error: impl Error + Send + Sync + 'static) -> AgentError {
    AgentError::internal("keep the agent's key", error)
}
