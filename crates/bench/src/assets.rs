//! Export of some licensees out of many, sealed to a passphrase, and its import: both by the agent's
//! program, as its users run it.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::data::PASSWORD;
use crate::load::Address;
use crate::plan::sized;
use crate::programs::{Programs, output};
use crate::report::{Report, Unit};
use crate::seed;

/// Exports the first so many licensees of a server, and imports them.
pub(crate) fn measure(
    programs: &Programs,
    folder: &Path,
    address: &Address,
    (exported, licensees): (usize, usize),
    report: &mut Report,
) -> anyhow::Result<()> {
    let size = sized(licensees);
    let rows = [
        format!("export of {exported} licensees ({size})"),
        format!("import of {exported} licensees ({size})"),
    ];
    if !programs.agent.is_file() {
        for row in rows {
            let why = "there is no leasehold-agent beside the server";
            report.missing(row, Unit::Seconds, None, why);
        }
        return Ok(());
    }
    let numbers: Vec<String> = (0..exported).map(seed::licensee).collect();
    let (stick, work) = (folder.join("stick"), folder.join("agent"));
    std::fs::create_dir(&stick)?;
    std::fs::create_dir(&work)?;
    let run = |arguments: &[String], stick_option: &str| {
        let began = Instant::now();
        output(
            Command::new(&programs.agent)
                .args(arguments)
                .arg("--without-card")
                .arg(stick_option)
                .arg(&stick)
                .current_dir(folder)
                .env("LEASEHOLD_AGENT_PASSPHRASE", "carried on a stick")
                .env("LEASEHOLD_AGENT_NLIC_PASSWORD", PASSWORD),
        )?;
        Ok::<_, anyhow::Error>(began.elapsed().as_secs_f64())
    };
    let export = [
        "--action=export-assets".to_owned(),
        format!("--core.base.host=http://{address}"),
        "-u".to_owned(),
        seed::LOGIN.to_owned(),
        format!("--licensees={}", numbers.join(",")),
    ];
    let import = [
        "--action=import-assets".to_owned(),
        format!("--work-dir={}", work.display()),
    ];
    let [exported, imported] = rows;
    report.add(exported, run(&export, "--output")?, Unit::Seconds, None);
    report.add(imported, run(&import, "--input")?, Unit::Seconds, None);
    Ok(())
}
