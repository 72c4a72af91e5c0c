//! `verify`: checks packages as an import would, and takes nothing in.

use std::fmt::Write;
use std::path::Path;

use leasehold_seal::digest::hex;
use serde::Serialize;

use crate::cli::{Form, Verify};
use crate::error::AgentError;
use crate::import::{ImportOrder, Taken, examine};
use crate::status::{self, instant, json};

/// What a package is, when it is good.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Good {
    file: String,
    sha256: String,
    vendor: String,
    vendor_key: String,
    /// Known here by an earlier import, or named on the line.
    is_key_trusted: bool,
    product: String,
    generation: u64,
    package: String,
    recipient: &'static str,
    made: String,
    licensees: Vec<String>,
}

/// What is told of all packages, and why the program fails when one is bad.
pub(crate) struct Verified {
    pub(crate) text: String,
    pub(crate) failure: Option<AgentError>,
}

/// Checks every package of a directory, good ones behind a bad one included.
pub(crate) async fn run(work_dir: &Path, order: &Verify) -> Result<Verified, AgentError> {
    let known = status::known_key(work_dir).await;
    let is_named = order.vendor_key.is_some();
    let order_of_import = ImportOrder {
        work_dir,
        input: &order.input,
        passphrase: &order.passphrase,
        vendor_key: order.vendor_key.as_ref(),
        force: false,
    };
    let mut goods = Vec::new();
    let mut failure = None;
    for examined in examine(&order_of_import).await? {
        match examined {
            Ok(taken) => {
                let key = taken.signer.fingerprint();
                let is_key_trusted = is_named || known.as_deref() == Some(&*key);
                goods.push(good(&taken, key, is_key_trusted));
            }
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    let text = match order.form {
        Form::Json => json(&goods)?,
        Form::Text => goods.iter().map(told).collect(),
    };
    Ok(Verified { text, failure })
}

fn good(taken: &Taken, vendor_key: String, is_key_trusted: bool) -> Good {
    let Taken {
        name,
        digest,
        header,
        assets,
        ..
    } = taken;
    let licensees = assets.licensees.iter();
    Good {
        file: name.clone(),
        sha256: hex(digest),
        vendor: header.vendor.clone(),
        vendor_key,
        is_key_trusted,
        product: header.product.clone(),
        generation: header.generation,
        package: header.package.clone(),
        recipient: header.recipient.as_str(),
        made: instant(assets.made_at),
        licensees: licensees
            .map(|aggregate| aggregate.licensee.number.to_string())
            .collect(),
    }
}

fn told(good: &Good) -> String {
    let trust = match good.is_key_trusted {
        true => "trusted",
        false => "not known here: compare it with what the vendor told you",
    };
    let mut text = format!("{}: good\n", good.file);
    for (name, value) in [
        ("vendor", good.vendor.clone()),
        ("vendor key", format!("{} ({trust})", good.vendor_key)),
        ("product", good.product.clone()),
        ("generation", good.generation.to_string()),
        ("package", good.package.clone()),
        ("made", good.made.clone()),
        ("recipient", good.recipient.to_owned()),
        ("licensees", good.licensees.join(", ")),
        ("SHA-256", good.sha256.clone()),
    ] {
        let _ = writeln!(text, "  {:<12}{value}", format!("{name}:"));
    }
    text
}
