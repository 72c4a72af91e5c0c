//! The agent, by its own program as its users run it: export of licensees to it, import, start, and what
//! it then does in the server's place.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::ask::{self, Accept};
use crate::checkout;
use crate::data::{Data, PASSWORD};
use crate::goals;
use crate::load::once;
use crate::plan::{Plan, sized};
use crate::process::{Server, run_watched};
use crate::programs::Programs;
use crate::report::{Report, Unit};
use crate::rounds::{Entrant, take_turns};
use crate::scenario::validations;
use crate::seed::{self, ROOMY};

/// Licensee numbers in one argument: the system takes no longer ones.
const NUMBERS: usize = 10_000;

/// Exports the first so many licensees of `data`, imports them, and lets the agent answer.
pub(crate) fn measure(
    plan: &Plan,
    programs: &Programs,
    folder: &Path,
    (data, exported): (&Data, usize),
    report: &mut Report,
) -> anyhow::Result<()> {
    let size = match exported == data.licensees {
        true => sized(exported),
        false => format!("{} of {}", sized(exported), sized(data.licensees)),
    };
    let name = |what: &str| format!("agent, {what} ({size})");
    if !programs.agent.is_file() {
        let why = "there is no leasehold-agent beside the server";
        report.missing(name("export"), Unit::Seconds, None, why);
        return Ok(());
    }
    data.set_password(programs)?;
    let server = data.serve(programs, &[])?;
    let stick = Stick::new(programs, folder, &size)?;
    let mut together = 0.0;
    let mut peak = 0.0_f64;
    let mut step = |what: &str, (seconds, megabytes): (f64, f64)| {
        together += seconds;
        peak = peak.max(megabytes);
        report.add(name(what), seconds, Unit::Seconds, None);
    };
    step("export", stick.export(&server, exported)?);
    step("import", stick.import()?);
    let began = Instant::now();
    let agent = stick.serve()?;
    let first = ask::validate(&data.api_key, Accept::Xml, &seed::licensee(0), "");
    once(&agent.address, &first)?;
    let started = began.elapsed().as_secs_f64();
    step("start to first answer", (started, agent.peak()?));

    let (together_marks, peak_marks, memory_marks) = match exported {
        10_000 => (None, None, Some(goals::AGENT_RSS)),
        100_000 => (Some(goals::AGENT_TOGETHER), Some(goals::AGENT_PEAK), None),
        _ => (None, None, None),
    };
    let row = name("export, import and first answer");
    report.add(row, together, Unit::Seconds, together_marks);
    let unit = Unit::Megabytes;
    report.add(name("most memory of the three"), peak, unit, peak_marks);
    report.add(
        name("most memory of the server"),
        server.peak()?,
        unit,
        None,
    );
    let memory = agent.memory()?;
    let memory = memory.anonymous + memory.mapped;
    report.add(name("memory, all of it"), memory, unit, memory_marks);
    if exported < data.licensees {
        return Ok(());
    }

    let requests = || validations(&data.api_key, Accept::Xml, 0, exported);
    let mut entrants = Vec::new();
    for server in [&server, &agent] {
        let requests = requests()?;
        entrants.push(Entrant { server, requests });
    }
    let taken = take_turns(&mut entrants, plan.rounds, plan.round)?;
    let [of_server, of_agent] = &taken[..] else {
        anyhow::bail!("server and agent were to take turns");
    };
    let ratio = of_agent.ratio(of_server, |round| round.per_second);
    let marks = Some(goals::AGENT_V0);
    report.add(name("V0 over the server's"), ratio, Unit::Times, marks);
    checkout::measure("agent, ", &agent.address, &data.api_key, None, report)
}

/// What goes by hand from the server to the agent.
struct Stick<'a> {
    programs: &'a Programs,
    packages: PathBuf,
    work: PathBuf,
}

impl<'a> Stick<'a> {
    fn new(programs: &'a Programs, folder: &Path, name: &str) -> anyhow::Result<Self> {
        let folder = folder.join(format!("agent {name}"));
        let (packages, work) = (folder.join("stick"), folder.join("work"));
        std::fs::create_dir_all(&packages)?;
        std::fs::create_dir_all(&work)?;
        Ok(Self {
            programs,
            packages,
            work,
        })
    }

    /// Seconds, and megabytes at most.
    fn export(&self, server: &Server, licensees: usize) -> anyhow::Result<(f64, f64)> {
        let numbers: Vec<String> = (0..licensees).map(seed::licensee).collect();
        let mut export = self.command("export-assets");
        export
            .arg(format!("--core.base.host=http://{}", server.address))
            .args(["-u", seed::LOGIN, "--licensees", ROOMY.0])
            .args(
                numbers
                    .chunks(NUMBERS)
                    .map(|some| format!("--licensees={}", some.join(","))),
            )
            .arg("--output")
            .arg(&self.packages);
        run_watched(&mut export)
    }

    /// The same.
    fn import(&self) -> anyhow::Result<(f64, f64)> {
        let mut import = self.command("import-assets");
        import
            .arg("--work-dir")
            .arg(&self.work)
            .arg("--input")
            .arg(&self.packages);
        run_watched(&mut import)
    }

    fn command(&self, action: &str) -> Command {
        let mut command = Command::new(&self.programs.agent);
        command
            .args([action, "--without-card"])
            .env("LEASEHOLD_AGENT_PASSPHRASE", "carried on a stick")
            .env("LEASEHOLD_AGENT_NLIC_PASSWORD", PASSWORD);
        command
    }

    fn serve(&self) -> anyhow::Result<Server> {
        let work = self.work.display().to_string();
        let arguments = ["run-agent-offline", "--without-card", "--port=0"];
        Server::start(
            &self.programs.agent,
            &[&arguments[..], &["--work-dir", &work]].concat(),
        )
    }
}
