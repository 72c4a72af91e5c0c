//! The Debian packages, installed in a Debian of their own: they start, serve, upgrade, and go. And the
//! files of a container's image, from which alone the programs run.

mod judge;

use std::path::{Path, PathBuf};
use std::process::Command;

use leasehold_testkit::daemon::send;
use leasehold_testkit::debian::{Debian, as_root};
use leasehold_testkit::http::Client;
use leasehold_testkit::installation::{LOGIN, PASSWORD};
use leasehold_testkit::offline::PASSPHRASE;
use leasehold_testkit::programs::{Serving, agent, leasehold, run_well};
use tempfile::TempDir;

use crate::shop::{ask, sell};

const PROGRAMS: [&str; 2] = ["leasehold", "leasehold-agent"];
const LATER: &str = "999.0.0-1";

/// What has been done so far, told at once.
struct Steps(u32);

impl Steps {
    fn done(&mut self, what: &str) {
        self.0 += 1;
        println!("  {:>2} {what}", self.0);
    }

    fn close(self) {
        println!("install: {} passed, 0 failed", self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_install_start_serve_upgrade_and_go() {
    let mut steps = Steps(0);
    let first = packages(&[]);
    let later = packages(&["--version", LATER]);
    steps.done("both packages are made, and once more as a later version");

    let debian = Debian::new();
    let before = judge::everything(&debian);
    install(&debian, &first);
    steps.done("dpkg installs both on a minimal Debian 12");
    for name in PROGRAMS {
        let exposure = judge::unit(&debian, name);
        steps.done(&format!(
            "systemd verifies {name}.service; its exposure is {exposure}"
        ));
    }
    let pages = judge::pages(&debian);
    steps.done(&format!("man shows {pages} pages without a warning"));
    judge::completions(&debian);
    steps.done("bash, zsh and fish read the completions");

    // As an administrator would, and so that the test takes free ports.
    configure(&debian, "leasehold", "bind = \"127.0.0.1:0\"");
    configure(&debian, "leasehold-agent", "port = 0");
    let server = debian.start("leasehold");
    steps.done("the server's unit starts as its user on a read-only system, and says so");
    let mut add = debian.shell_as(
        "leasehold",
        &format!("leasehold vendor add {LOGIN} --config /etc/leasehold/leasehold.toml"),
    );
    run_well(add.env("LEASEHOLD_PASSWORD", PASSWORD));
    let client = Client::new(server.address(), LOGIN, PASSWORD);
    sell(&client, "10").await;
    let key = client.make("/token", &[("tokenType", "APIKEY")]).await;
    let key = key.get("number").unwrap().to_owned();
    validates(&client).await;
    steps.done("a vendor is added, sells, and a licensee is validated");

    carry(&debian, server.address());
    steps.done("the agent's user exports from the server, and imports");
    let agent = debian.start("leasehold-agent");
    let offline = Client::new(agent.address(), "apiKey", &key);
    validates(&offline).await;
    steps.done("the agent's unit starts likewise, and validates");
    for service in [&server, &agent] {
        send("HUP", &[service.id()]);
        service.expect("RELOADING=1");
        service.expect("READY=1");
    }
    validates(&client).await;
    validates(&offline).await;
    steps.done("both reload, say so, and go on");

    install(&debian, &later);
    validates(&client).await;
    validates(&offline).await;
    for name in PROGRAMS {
        let query = format!("dpkg-query -Wf '${{Version}}' {name}");
        assert_eq!(run_well(&mut debian.shell(&query)), LATER);
    }
    steps.done("dpkg upgrades both while they serve");
    server.stop();
    agent.stop();
    steps.done("both say that they stop, and end well");

    // Were the configuration not theirs any more, the ports would be others.
    let server = debian.start("leasehold");
    let agent = debian.start("leasehold-agent");
    let client = Client::new(server.address(), LOGIN, PASSWORD);
    validates(&client).await;
    validates(&Client::new(agent.address(), "apiKey", &key)).await;
    server.stop();
    agent.stop();
    steps.done("the later version starts on the same data and configuration");
    let verify = "leasehold verify --config /etc/leasehold/leasehold.toml";
    let told = run_well(&mut debian.shell_as("leasehold", verify));
    assert_eq!(told, "The store is sound.\n");
    judge::state(&debian);
    steps.done("the store is sound, and what was written is the two users' alone");

    run_well(&mut debian.shell("dpkg --remove leasehold leasehold-agent"));
    for name in PROGRAMS {
        assert!(!debian.path(&format!("/usr/bin/{name}")).exists());
    }
    install(&debian, &later);
    let server = debian.start("leasehold");
    validates(&Client::new(server.address(), LOGIN, PASSWORD)).await;
    server.stop();
    steps.done("removed and installed again, the server goes on with its data");
    run_well(&mut debian.shell("dpkg --purge leasehold leasehold-agent"));
    let after = judge::everything(&debian);
    let left: Vec<&String> = after.symmetric_difference(&before).collect();
    assert!(left.is_empty(), "{left:#?}");
    steps.done("purging leaves no file, no user and no unit behind");
    steps.close();
}

/// What a container's image has beside the program is enough for it.
#[test]
fn the_files_of_an_image_suffice() {
    let mut steps = Steps(0);
    let serve = ["serve", "--bind=127.0.0.1:0", "--data=/data"];
    for (program, arguments) in [(leasehold(), &serve[..]), (agent(), &["--version"])] {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("image");
        let closure = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/closure");
        run_well(Command::new(closure).arg(program.get_program()).arg(&root));
        let name = Path::new(program.get_program()).file_name().unwrap();
        let mut own = as_root("install");
        own.args(["-d", "-o", "65532", "-g", "65532", "-m", "0700"]);
        run_well(own.arg(root.join("data")));

        let mut command = as_root("chroot");
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin");
        command.arg("--userspec=65532:65532").arg(&root);
        command
            .arg(Path::new("/usr/bin").join(name))
            .args(arguments);
        if arguments == serve {
            assert!(Serving::start(&mut command).stop().success());
        } else {
            run_well(&mut command);
        }
        let files = run_well(Command::new("find").arg(&root).args(["-name", "*.so*"]));
        steps.done(&format!(
            "{} runs as the image's user with {} libraries beside it",
            name.display(),
            files.lines().count()
        ));
        run_well(as_root("rm").arg("-rf").arg(&root));
    }
    steps.close();
}

/// Makes both packages; where they lie.
fn packages(options: &[&str]) -> [PathBuf; 2] {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut package = Command::new(project.join("script/package"));
    package.args(["--profile", "dev"]).args(options);
    let told = run_well(&mut package);
    let files: Vec<PathBuf> = told.lines().map(|line| project.join(line)).collect();
    files.try_into().unwrap()
}

fn install(debian: &Debian, packages: &[PathBuf; 2]) {
    let place = debian.path("/packages");
    run_well(as_root("rm").arg("-rf").arg(&place));
    run_well(as_root("mkdir").arg(&place));
    run_well(as_root("cp").args(packages).arg(&place));
    run_well(&mut debian.shell("dpkg --install /packages/*.deb 2>&1"));
}

/// Adds a line to the configuration.
fn configure(debian: &Debian, name: &str, line: &str) {
    let script = format!("echo '{line}' >> /etc/{name}/{name}.toml");
    run_well(&mut debian.shell(&script));
}

/// From the server at `address` to the agent.
fn carry(debian: &Debian, address: &str) {
    assert!(!debian.path("/var/lib/leasehold-agent/database").exists());
    let export = format!(
        "cd /var/lib/leasehold-agent && leasehold-agent export-assets --without-card \
         --core.base.host={address} --nlic.username={LOGIN} --licensees=I"
    );
    let import = "leasehold-agent import-assets --without-card --work-dir=/var/lib/leasehold-agent";
    for script in [&export, import] {
        let mut command = debian.shell_as("leasehold-agent", script);
        command.env("LEASEHOLD_AGENT_PASSPHRASE", PASSPHRASE);
        run_well(command.env("LEASEHOLD_AGENT_NLIC_PASSWORD", PASSWORD));
    }
}

async fn validates(client: &Client) {
    let reply = ask(client, "POST /licensee/I/validate", "").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}
