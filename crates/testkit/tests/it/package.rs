//! A package that was touched anywhere is refused: every byte of it, header included, is changed by
//! xor 1 and by xor 32, deleted, and doubled.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use leasehold_seal::digest::{hex, sha256};
use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::offline;
use leasehold_testkit::programs::run;
use leasehold_testkit::within;
use tempfile::TempDir;

/// What is done to one byte of the package.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// Its lowest bit turns.
    Xor1,
    /// A letter changes its case.
    Xor32,
    /// It goes.
    Deleted,
    /// It stands there twice.
    Doubled,
}

impl Damage {
    const ALL: [Self; 4] = [Self::Xor1, Self::Xor32, Self::Deleted, Self::Doubled];

    fn done_to(self, package: &[u8], at: usize) -> Vec<u8> {
        let mut damaged = package.to_vec();
        match self {
            Self::Xor1 => damaged[at] ^= 1,
            Self::Xor32 => damaged[at] ^= 32,
            Self::Deleted => {
                damaged.remove(at);
            }
            Self::Doubled => damaged.insert(at, package[at]),
        }
        damaged
    }
}

/// One way to damage the package.
#[derive(Debug, Clone, Copy)]
struct Variant {
    damage: Damage,
    at: usize,
}

/// The exit code for a package that is invalid (agent specification, section 15).
const PACKAGE_INVALID: u8 = 8;

/// With `LEASEHOLD_LONG` every variant goes to the real program; otherwise about this many.
const SAMPLE: usize = 150;

#[tokio::test(flavor = "multi_thread")]
async fn a_package_touched_anywhere_is_refused() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client).await;
    let sent = installation.beside("sent");
    offline::export(server.address(), &["I"], &sent);
    let earlier = installation.beside("earlier");
    offline::export(server.address(), &["EARLIER"], &earlier);
    assert!(server.stop().success());
    let package = std::fs::read(sent.join(FILE)).unwrap();

    // A store that holds another product of the vendor already, and hence trusts its key.
    let agent = installation.beside("agent");
    let imported = offline::try_import(&earlier, &agent);
    assert!(imported.status.success(), "{imported:?}");
    let store_before = contents(&agent);
    assert!(!store_before.is_empty());

    let variants: Vec<Variant> = (0..package.len())
        .flat_map(|at| Damage::ALL.map(|damage| Variant { damage, at }))
        .collect();
    let input = TempDir::new().unwrap();
    let new_agent = TempDir::new().unwrap();

    for variant in &variants {
        std::fs::write(input.path().join(FILE), variant.made_of(&package)).unwrap();
        for folder in [new_agent.path(), &agent] {
            let refused = within::import(input.path(), folder, Timestamp::UNIX_EPOCH).await;
            let code = refused.unwrap_err().exit_code();
            assert_eq!(code, PACKAGE_INVALID, "{variant:?}");
        }
        assert_eq!(contents(new_agent.path()), [], "{variant:?}");
    }
    assert!(contents(&agent) == store_before, "the store has changed");

    let stride = match std::env::var_os("LEASEHOLD_LONG") {
        Some(_) => 1,
        // Odd, so that all four kinds of damage come to their turn.
        None => (variants.len() / SAMPLE) | 1,
    };
    let mut by_program = 0;
    for variant in variants.iter().step_by(stride) {
        std::fs::write(input.path().join(FILE), variant.made_of(&package)).unwrap();
        let refused = offline::try_import(input.path(), &agent);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(
            refused.status.code(),
            Some(i32::from(PACKAGE_INVALID)),
            "{variant:?}: {said}"
        );
        assert!(said.contains(FILE), "the file is not named: {said}");
        assert!(
            contents(&agent) == store_before,
            "{variant:?} changed the store"
        );
        by_program += 1;
    }

    // And the package as it was made is taken, so that the refusals were about the damage.
    std::fs::write(input.path().join(FILE), &package).unwrap();
    let taken = offline::try_import(input.path(), &agent);
    assert!(taken.status.success(), "{taken:?}");
    println!(
        "package: {} bytes, {} variants refused with exit code {PACKAGE_INVALID} within the test, {by_program} of them by the program too; the store did not change",
        package.len(),
        variants.len(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_cut_off_or_wrongly_keyed_is_refused() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client).await;
    let sent = installation.beside("sent");
    offline::export(server.address(), &["I"], &sent);
    assert!(server.stop().success());
    let package = std::fs::read(sent.join(FILE)).unwrap();
    let agent = installation.beside("agent");
    std::fs::create_dir(&agent).unwrap();

    let wrong = run(offline::import(&sent, &agent).env("LEASEHOLD_AGENT_PASSPHRASE", "another"));
    assert_eq!(wrong.status.code(), Some(i32::from(PACKAGE_INVALID)));
    let input = TempDir::new().unwrap();
    for end in [0, 1, package.len() / 2, package.len() - 1] {
        std::fs::write(input.path().join(FILE), &package[..end]).unwrap();
        let refused = offline::try_import(input.path(), &agent);
        let code = refused.status.code();
        assert_eq!(code, Some(i32::from(PACKAGE_INVALID)), "cut at {end}");
    }
    assert_eq!(contents(&agent), []);
}

impl Variant {
    fn made_of(self, package: &[u8]) -> Vec<u8> {
        let Self { damage, at } = self;
        damage.done_to(package, at)
    }
}

/// The name of an export's first file.
const FILE: &str = "1_netlicensing-assets.xml";

/// Every file below `folder` with the hash of its bytes, sorted by name.
fn contents(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            let digest = sha256(&[&std::fs::read(&path).unwrap()]);
            found.push((path, hex(&digest)));
        }
    }
    found.sort();
    found
}

/// Two products, each with one licensee: `EARLIER` and `I`.
async fn sell(client: &Client) {
    for (product, module, template, licensee) in
        [("P", "M", "E", "I"), ("P0", "M0", "E0", "EARLIER")]
    {
        client
            .make("/product", &[("number", product), ("name", "Package")])
            .await;
        let form = [
            ("productNumber", product),
            ("number", module),
            ("name", "Module"),
            ("licensingModel", "MultiFeature"),
        ];
        client.make("/productmodule", &form).await;
        let form = [
            ("productModuleNumber", module),
            ("number", template),
            ("name", "Feature"),
            ("licenseType", "FEATURE"),
            ("automatic", "true"),
        ];
        client.make("/licensetemplate", &form).await;
        let form = [("productNumber", product), ("number", licensee)];
        client.make("/licensee", &form).await;
    }
}
