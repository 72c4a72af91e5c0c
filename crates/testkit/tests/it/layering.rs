//! Which crate may use which. A crate exists when something must not be able to reach something
//! else; this reads the manifests and fails on any arrow that the table does not draw.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The arrows, from a crate to the crates of ours that it may name. Source: docs/ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("seal", &[]),
    ("wire", &["model"]),
    ("store", &["model"]),
    ("service", &["model", "wire", "seal", "store"]),
    ("server", &["model", "wire", "seal", "store", "service"]),
    ("agent", &["model", "wire", "seal", "store", "service"]),
    (
        "testkit",
        &[
            "model", "wire", "seal", "store", "service", "server", "agent",
        ],
    ),
    ("bench", &["model", "seal", "store", "server"]),
];

/// What the core may use of others: calendar arithmetic, JSON texts inside properties
/// (decision 0002), and the derive of its errors.
const MODEL_MAY_USE: &[&str] = &["jiff", "serde_json", "thiserror"];

#[test]
fn every_arrow_between_our_crates_is_drawn() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path();
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest = Manifest::read(&text);
        faults.extend(manifest.faults());
        seen.insert(manifest.name);
    }
    let drawn: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(seen, drawn, "the crates and the table's rows differ");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_forbidden_arrow_is_caught() {
    let agent_reaches_server = Manifest::read(
        "[package]\nname = \"leasehold-agent\"\n[dependencies]\nleasehold-server.workspace = true\n",
    );
    assert_eq!(
        agent_reaches_server.faults(),
        ["agent must not use server: no such arrow in the table"]
    );

    let under_another_name = Manifest::read(
        "[package]\nname = \"leasehold-wire\"\n[target.'cfg(unix)'.build-dependencies]\n\
         disk = { package = \"leasehold-store\", path = \"../store\" }\n",
    );
    assert_eq!(
        under_another_name.faults(),
        ["wire must not use store: no such arrow in the table"]
    );

    let core_with_threads = Manifest::read(
        "[package]\nname = \"leasehold-model\"\n[dependencies.tokio]\nversion = \"1\"\n",
    );
    assert_eq!(
        core_with_threads.faults(),
        ["model must not use tokio: it stays pure"]
    );

    let stranger = Manifest::read("[package]\nname = \"leasehold-common\"\n");
    assert_eq!(stranger.faults(), ["common has no row in the table"]);
}

#[test]
fn development_dependencies_draw_no_arrow() {
    let tests_only = Manifest::read(
        "[package]\nname = \"leasehold-model\"\n[dev-dependencies]\nproptest.workspace = true\n",
    );
    assert!(tests_only.faults().is_empty());
}

/// What a manifest says about its crate's dependencies, those of its tests left out.
struct Manifest {
    name: String,
    uses: BTreeSet<String>,
}

impl Manifest {
    fn read(text: &str) -> Self {
        let table: toml::Table = text.parse().unwrap();
        let mut uses = BTreeSet::new();
        collect(&table, &mut uses);
        for target in tables(&table, "target") {
            collect(target, &mut uses);
        }
        let name = table["package"]["name"].as_str().unwrap();
        Self {
            name: ours(name).unwrap_or(name).to_owned(),
            uses,
        }
    }

    fn faults(&self) -> Vec<String> {
        let rows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
        let Some(may) = rows.get(self.name.as_str()) else {
            return vec![format!("{} has no row in the table", self.name)];
        };
        let fault = |used: &String| match ours(used) {
            Some(other) if !may.contains(&other) => Some(format!(
                "{} must not use {other}: no such arrow in the table",
                self.name
            )),
            None if self.name == "model" && !MODEL_MAY_USE.contains(&used.as_str()) => {
                Some(format!("model must not use {used}: it stays pure"))
            }
            _ => None,
        };
        self.uses.iter().filter_map(fault).collect()
    }
}

fn collect(table: &toml::Table, uses: &mut BTreeSet<String>) {
    for kind in ["dependencies", "build-dependencies"] {
        let Some(dependencies) = table.get(kind).and_then(toml::Value::as_table) else {
            continue;
        };
        for (key, value) in dependencies {
            // A dependency may go by another name here than its package has.
            let package = value.get("package").and_then(toml::Value::as_str);
            uses.insert(package.unwrap_or(key).to_owned());
        }
    }
}

fn tables<'a>(table: &'a toml::Table, key: &str) -> impl Iterator<Item = &'a toml::Table> {
    let inner = table.get(key).and_then(toml::Value::as_table);
    inner
        .into_iter()
        .flat_map(|inner| inner.values().filter_map(toml::Value::as_table))
}

fn ours(package: &str) -> Option<&str> {
    package.strip_prefix("leasehold-")
}
