//! The golden cases as questions over HTTP: what several tests lay into a server and ask it.

use std::path::{Path, PathBuf};

use leasehold_model::change::{Change, LicenseeChange};
use leasehold_store::Write;
use leasehold_testkit::cases::{Case, CaseFile, World};
use leasehold_testkit::http::{Client, Reply, segment};
use serde_json::Value;

/// The golden cases, and those of every directory named in `LEASEHOLD_EXTRA_CASES`.
pub(crate) fn cases() -> Vec<Case> {
    // From here relative paths are meant.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let vectors = PathBuf::from("vectors/validate");
    let extra = std::env::var_os("LEASEHOLD_EXTRA_CASES").unwrap_or_default();
    let mut cases = Vec::new();
    for folder in std::iter::once(vectors).chain(std::env::split_paths(&extra)) {
        if folder.as_os_str().is_empty() {
            continue;
        }
        let mut files: Vec<PathBuf> = std::fs::read_dir(root.join(&folder))
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .collect();
        files.sort();
        let read = files.iter().filter_map(|file| CaseFile::read(file));
        cases.extend(read.flat_map(|file| file.cases));
    }
    cases
}

/// A validation of a case.
pub(crate) struct Question<'a> {
    pub(crate) at: jiff::Timestamp,
    pub(crate) licensee: &'a str,
    pub(crate) params: &'a [(String, String)],
    pub(crate) expect: &'a Value,
}

impl Question<'_> {
    pub(crate) async fn ask(&self, client: &Client) -> Reply {
        let form: Vec<(&str, &str)> = self
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let path = format!("/licensee/{}/validate", segment(self.licensee));
        client.post(&path, &form).await.unwrap()
    }
}

/// The world as writes. They go straight into the store: a case may hold what a request could not
/// have written, and evaluation must cope with it.
pub(crate) fn writes(world: &World) -> Vec<Write> {
    let mut changes = Vec::new();
    for tree in &world.products {
        changes.push(Change::PutProduct {
            former: None,
            product: tree.product.clone(),
        });
        for module in &tree.modules {
            changes.push(Change::PutModule {
                product: tree.product.number.clone(),
                former: None,
                module: module.module.clone(),
            });
            for template in &module.templates {
                changes.push(Change::PutTemplate {
                    module: module.module.number.clone(),
                    former: None,
                    template: template.clone(),
                });
            }
        }
    }
    for resident in &world.licensees {
        let licensee = &resident.aggregate.licensee;
        changes.push(Change::CreateLicensee {
            product: resident.product.clone(),
            licensee: licensee.clone(),
        });
        for license in &resident.aggregate.licenses {
            changes.push(Change::Licensee {
                licensee: licensee.number.clone(),
                change: LicenseeChange::PutLicense {
                    former: None,
                    license: license.clone(),
                },
            });
        }
    }
    changes.into_iter().map(Write::Model).collect()
}
