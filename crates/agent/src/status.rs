//! What an agent says of itself: to `status`, on `/agent/status`, to metrics.

use std::fmt::Write;
use std::path::Path;

use jiff::Timestamp;
use leasehold_model::timestamp::format_timestamp;
use leasehold_store::{Store, VendorView};
use serde::{Deserialize, Serialize};

use crate::cli::Form;
use crate::control;
use crate::database::{self, Present};
use crate::error::AgentError;
use crate::signing;

/// `status`: what the agent that runs in `work_dir` says, else what its store says.
pub(crate) async fn run(work_dir: &Path, form: Form) -> Result<String, AgentError> {
    let status = match control::status(work_dir).await? {
        Some(status) => status,
        None => stopped(work_dir).await?,
    };
    match form {
        Form::Text => Ok(status.text()),
        Form::Json => status.json(),
    }
}

/// Fingerprint of the vendor's key, where one is known in `work_dir` and can be looked up.
pub(crate) async fn known_key(work_dir: &Path) -> Option<String> {
    let status = match control::status(work_dir).await {
        Ok(Some(status)) => status,
        _ => stopped(work_dir).await.ok()?,
    };
    Some(status.vendor_key)
}

pub(crate) async fn stopped(work_dir: &Path) -> Result<Status, AgentError> {
    let no_assets = || AgentError::NoAssets(database::directory(work_dir));
    if !database::exists(work_dir) {
        return Err(no_assets());
    }
    let store = database::open(work_dir).await?;
    Status::look(&store).await?.ok_or_else(no_assets)
}

/// An agent and its store, as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    /// The program's.
    pub(crate) version: String,
    /// `None`: it is not running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) serving: Option<Serving>,
    /// Whose assets it has.
    pub(crate) vendor: String,
    /// Fingerprint of the key that packages must be signed with.
    pub(crate) vendor_key: String,
    /// By the newest package of each.
    pub(crate) products: Vec<ProductStatus>,
    /// Of all products.
    pub(crate) licensees: usize,
    /// That came with packages.
    pub(crate) api_keys: usize,
    /// What else is worth knowing, by name.
    pub(crate) facts: Vec<(String, String)>,
}

/// What only a running agent knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Serving {
    /// What clients set as their base URL.
    pub(crate) url: String,
    /// Since when.
    pub(crate) since: String,
    /// False when nothing is granted at the moment.
    pub(crate) is_ready: bool,
    /// When its TLS certificate expires, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_expires: Option<String>,
}

/// The newest package of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductStatus {
    /// Its number.
    pub(crate) number: String,
    /// Its name.
    pub(crate) name: String,
    /// Of its newest package.
    pub(crate) generation: u64,
    /// That package's id.
    pub(crate) package: String,
    /// When that was taken in.
    pub(crate) imported: String,
    /// What clients verify signed replies with, in base64; `None` where a package brought no key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) public_key: Option<String>,
}

impl Status {
    /// Looks; `None` where nothing was ever taken in.
    pub(crate) async fn look(store: &Store) -> Result<Option<Self>, AgentError> {
        let Some(present) = Present::look(store).await? else {
            return Ok(None);
        };
        let vendor = &present.account.vendor.number;
        let (products, licensees, api_keys) = store.read(vendor, seen).await?;
        Ok(Some(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            serving: None,
            vendor: vendor.to_string(),
            vendor_key: present.key.fingerprint(),
            products,
            licensees,
            api_keys,
            facts: Vec::new(),
        }))
    }

    /// For people: one fact a line.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![("Agent", self.version.clone())];
        match &self.serving {
            None => lines.push(("Serving", "no".to_owned())),
            Some(serving) => {
                let state = if serving.is_ready { "" } else { ", not ready" };
                let Serving { url, since, .. } = serving;
                lines.push(("Serving", format!("{url} since {since}{state}")));
                if let Some(expires) = &serving.certificate_expires {
                    lines.push(("Certificate", format!("expires {expires}")));
                }
            }
        }
        lines.push(("Vendor", self.vendor.clone()));
        lines.push(("Vendor key", self.vendor_key.clone()));
        for product in &self.products {
            let ProductStatus {
                number,
                name,
                generation,
                imported,
                public_key,
                ..
            } = product;
            let text = format!("{number} '{name}', generation {generation}, imported {imported}");
            lines.push(("Product", text));
            if let Some(key) = public_key {
                lines.push(("Signing key", key.clone()));
            }
        }
        lines.push(("Licensees", self.licensees.to_string()));
        lines.push(("API keys", self.api_keys.to_string()));
        let facts = self.facts.iter();
        lines.extend(facts.map(|(name, text)| (name.as_str(), text.clone())));

        let mut text = String::new();
        for (name, value) in lines {
            let _ = writeln!(text, "{:<14}{value}", format!("{name}:"));
        }
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Result<String, AgentError> {
        json(self)
    }
}

/// JSON, on one line.
pub(crate) fn json(value: &impl Serialize) -> Result<String, AgentError> {
    serde_json::to_string(value)
        .map(|text| text + "\n")
        .map_err(|error| AgentError::internal("write JSON", error))
}

/// An instant, as the API writes it.
pub(crate) fn instant(at: Timestamp) -> String {
    format_timestamp(at).to_string()
}

fn seen(view: &VendorView<'_>) -> (Vec<ProductStatus>, usize, usize) {
    let products = view.products().filter_map(|tree| {
        let product = &tree.product;
        let imports = view.imports();
        let newest = imports
            .filter(|import| import.product == product.number)
            .max_by_key(|import| import.generation)?;
        Some(ProductStatus {
            number: product.number.to_string(),
            name: product.name.to_string(),
            generation: newest.generation,
            package: newest.package.to_string(),
            imported: instant(newest.imported_at),
            public_key: signing::public_key(view, &product.number),
        })
    });
    (
        products.collect(),
        view.licensee_count(),
        view.tokens().count(),
    )
}
