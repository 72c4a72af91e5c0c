//! A Debian of its own below a directory, in which packages are installed and units' programs started.
//! Root's work, or that of a sudo that asks nothing; `script/setup --all` makes what it is copied from.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::daemon::is_root;
use crate::programs::{Serving, run_well};

/// How long a service may take to tell how it is.
const PATIENCE: Duration = Duration::from_secs(30);

/// In a file system that only this command and what it starts see: its processes, and, of a service, what
/// `ProtectSystem=strict` and `StateDirectory=` leave it to write. $1: the root, $2: what may be written to.
const ENTER: &str = "set -e; root=$1 state=$2; shift 2
if [ -n \"$state\" ]; then
    mount --bind \"$root\" \"$root\"
    mount --bind \"$root$state\" \"$root$state\"
    mount -o remount,bind,ro \"$root\"
    mount -t tmpfs tmpfs \"$root/tmp\"
fi
mount -t proc proc \"$root/proc\"
exec chroot \"$root\" \"$@\"";

/// The Debian. Gone when dropped.
pub struct Debian {
    root: PathBuf,
    _folder: TempDir,
}

impl Debian {
    /// A fresh copy.
    pub fn new() -> Self {
        let base = target().join("install/bookworm");
        assert!(
            base.with_extension("done").exists(),
            "there is no Debian in {}: script/setup --all makes it",
            base.display()
        );
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("debian");
        run_well(as_root("cp").arg("-a").arg(base).arg(&root));
        Self {
            root,
            _folder: folder,
        }
    }

    /// Where a path of this Debian is for us.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }

    /// A shell's command, by root.
    pub fn shell(&self, script: &str) -> Command {
        let mut command = self.enter("");
        command.args(["sh", "-c", script]);
        command
    }

    /// The same, by another user.
    pub fn shell_as(&self, user: &str, script: &str) -> Command {
        let mut command = self.enter("");
        command.args(as_user(user)).args(["sh", "-c", script]);
        command
    }

    fn enter(&self, state: &str) -> Command {
        let mut command = as_root("unshare");
        command.args(["--mount", "sh", "-c", ENTER, "sh"]);
        command.arg(&self.root).arg(state);
        command.env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("LC_ALL", "C.UTF-8");
        command
    }

    /// Starts the program of the unit `name`, as its user and with no more rights than that has, waits
    /// until it tells its address, and then that the supervisor, who is the test, has been told.
    pub fn start(&self, name: &str) -> Service {
        let unit = Unit::read(&self.path(&format!("/usr/lib/systemd/system/{name}.service")));
        // The test need not be root, who owns the rest.
        run_well(
            as_root("install")
                .args(["-d", "-m", "0777"])
                .arg(self.path("/run/notify")),
        );
        let socket = format!("/run/notify/{name}");
        let path = self.path(&socket);
        let _former = std::fs::remove_file(&path);
        let supervisor = UnixDatagram::bind(&path).unwrap();
        supervisor.set_read_timeout(Some(PATIENCE)).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();

        let state = format!("/var/lib/{}", unit.one("StateDirectory"));
        let mut command = self.enter(&state);
        command.arg("env").arg(format!("NOTIFY_SOCKET={socket}"));
        command.args(as_user(unit.one("User")));
        command.args(["--bounding-set=-all", "--no-new-privs", "sh", "-c"]);
        command.arg(format!(
            "umask {} && cd {} && exec {}",
            unit.one("UMask"),
            unit.one("WorkingDirectory"),
            unit.one("ExecStart")
        ));
        let serving = Serving::start(&mut command);
        let service = Service {
            serving,
            supervisor,
        };
        service.expect("READY=1");
        service
    }
}

impl Default for Debian {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Debian {
    fn drop(&mut self) {
        // Much of it belongs to others. A failure leaves a directory behind, and nothing worse.
        let _removed = as_root("rm").arg("-rf").arg(&self.root).status();
    }
}

/// A running service. Killed when dropped.
pub struct Service {
    serving: Serving,
    supervisor: UnixDatagram,
}

impl Service {
    /// Where it serves: `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        self.serving.address()
    }

    /// Its process, which has been the shell, and whatever else came before the program.
    pub fn id(&self) -> u32 {
        self.serving.id()
    }

    /// Waits for the supervisor's next message, which must be this one.
    pub fn expect(&self, message: &str) {
        let mut bytes = [0; 64];
        let heard = self.supervisor.recv(&mut bytes);
        let length = heard.unwrap_or_else(|error| {
            panic!("{message}: {error}; it wrote:\n{}", self.serving.written())
        });
        assert_eq!(String::from_utf8_lossy(&bytes[..length]), message);
    }

    /// Asks it to end as a supervisor does; it must tell, and end well.
    pub fn stop(self) {
        crate::daemon::send("TERM", &[self.id()]);
        self.expect("STOPPING=1");
        let mut serving = self.serving;
        let status = serving.wait();
        assert!(status.success(), "{status}:\n{}", serving.written());
    }
}

/// What a unit says, section by section forgotten: none of ours says one thing in two.
struct Unit(BTreeMap<String, String>);

impl Unit {
    fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let settings = text.lines().filter_map(|line| line.split_once('='));
        let own = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(own.collect())
    }

    fn one(&self, name: &str) -> &str {
        let value = self.0.get(name);
        value.unwrap_or_else(|| panic!("the unit has no {name}"))
    }
}

/// What runs a program as `user`, in the groups that it has.
fn as_user(user: &str) -> [String; 5] {
    [
        "setpriv".to_owned(),
        format!("--reuid={user}"),
        format!("--regid={user}"),
        "--init-groups".to_owned(),
        "--inh-caps=-all".to_owned(),
    ]
}

/// The command that runs `program` as root.
pub fn as_root(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", "--preserve-env", program]);
    command
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target")
}
