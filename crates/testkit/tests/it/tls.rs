//! The agent speaks TLS: with certificates of Debian's `openssl`, asked by `curl` and `openssl`.

mod callers;
mod renewal;
mod versions;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use leasehold_testkit::installation::Installation;
use leasehold_testkit::offline::carry;
use leasehold_testkit::programs::run;

/// The working directory of an agent that has a licensee `I1`, and a key for it.
struct Home {
    installation: Installation,
    key: String,
}

impl Home {
    async fn new() -> Self {
        let installation = Installation::new();
        let (server, client) = installation.serve();
        crate::exit_codes::sell(&client, "I1").await;
        let key = client.make("/token", &[("tokenType", "APIKEY")]).await;
        carry(server.address(), &["I1"], &installation.beside("agent"));
        assert!(server.stop().success());
        Self {
            key: key.get("number").unwrap().to_owned(),
            installation,
        }
    }

    fn folder(&self) -> PathBuf {
        self.installation.beside("agent")
    }

    /// Asks for a validation at `address`, trusting `authority`.
    fn curl(&self, address: &str, authority: &Path, options: &[&str]) -> Asked {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--max-time",
            "30",
        ]);
        curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
        curl.arg("--cacert").arg(authority);
        curl.arg("--user").arg(format!("apiKey:{}", self.key));
        curl.args(["--data", "dryRun=true"]).args(options);
        curl.arg(format!("{address}/rest/licensee/I1/validate"));
        Asked::from(run(&mut curl))
    }
}

/// What came of asking.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// An answer with this status.
    Answered(String),
    /// None; the program's exit code.
    Failed(Option<i32>),
}

impl From<Output> for Asked {
    fn from(output: Output) -> Self {
        match output.status.success() {
            true => Self::Answered(String::from_utf8(output.stdout).unwrap()),
            false => Self::Failed(output.status.code()),
        }
    }
}

fn ok() -> Asked {
    Asked::Answered("200".to_owned())
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}
