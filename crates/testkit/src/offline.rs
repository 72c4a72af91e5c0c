//! From the server to an agent without a network: export, carry, import.

use std::path::Path;
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_wire::context::Item;

use crate::installation::{LOGIN, PASSWORD};
use crate::programs::{agent, run, run_well};

/// The passphrase that packages of tests are sealed with.
pub const PASSPHRASE: &str = "four words of a test";

/// Exports `licensees` of the vendor of an [`crate::installation::Installation`] served at
/// `address` into `folder`, sealed with [`PASSPHRASE`].
pub fn export(address: &str, licensees: &[&str], folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let mut export = agent();
    export.args(["--action=export-assets", "--without-card"]);
    export.args(["--core.base.host", address, "--nlic.username", LOGIN]);
    export.arg("--licensees").arg(licensees.join(","));
    export.arg("--output").arg(folder);
    run_well(
        export
            .env("LEASEHOLD_AGENT_NLIC_PASSWORD", PASSWORD)
            .env("LEASEHOLD_AGENT_PASSPHRASE", PASSPHRASE),
    );
}

/// The command that imports the packages in `input` into the agent's working directory `folder`.
pub fn import(input: &Path, folder: &Path) -> Command {
    let mut import = agent();
    import.args(["--action=import-assets", "--without-card"]);
    import.arg("--input").arg(input);
    import.arg("--work-dir").arg(folder);
    import.env("LEASEHOLD_AGENT_PASSPHRASE", PASSPHRASE);
    import
}

/// Runs an import, whatever comes of it.
pub fn try_import(input: &Path, folder: &Path) -> Output {
    run(&mut import(input, folder))
}

/// Exports `licensees` and imports them in `folder`, the agent's working directory.
pub fn carry(address: &str, licensees: &[&str], folder: &Path) {
    export(address, licensees, folder);
    run_well(&mut import(folder, folder));
}

/// Writes the packages of an export's reply into `folder`, under the names that the agent's
/// program would give them.
pub fn save(items: &[Item], folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (n, item) in (1..).zip(items) {
        let package = STANDARD.decode(item.get("content").unwrap()).unwrap();
        std::fs::write(folder.join(format!("{n}_netlicensing-assets.xml")), package).unwrap();
    }
}
