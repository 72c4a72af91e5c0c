//! The data directory cannot be written.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use leasehold_testkit::daemon::{is_root, through};
use leasehold_testkit::installation::Installation;
use leasehold_testkit::programs::serve;

#[test]
fn a_read_only_directory_is_refused_by_its_name() {
    let installation = Installation::new();
    let data = installation.data();

    let refused = serve_with_mode(&data, &data, 0o500);
    expect_refusal(&refused, &data, "attempt to write a readonly database");

    let database = super::database(&data);
    let refused = serve_with_mode(&data, &database, 0o400);
    expect_refusal(&refused, &data, "Permission denied");
    assert_eq!(installation.verify(), None);
}

/// Tries to serve on `data` while `place` has the permissions `mode`.
fn serve_with_mode(data: &Path, place: &Path, mode: u32) -> Output {
    let before = place.metadata().unwrap().permissions();
    set_permissions(place, Permissions::from_mode(mode)).unwrap();
    let output = super::run_to_end(&bound_by_permissions(&serve(data)));
    set_permissions(place, before).unwrap();
    output
}

/// The command as somebody whom permissions bind, which they do not bind root.
fn bound_by_permissions(command: &Command) -> Command {
    if !is_root() {
        return through(Command::new("env"), command);
    }
    let mut bound = Command::new("setpriv");
    bound.args(["--bounding-set=-dac_override,-dac_read_search", "--"]);
    through(bound, command)
}

fn expect_refusal(output: &Output, data: &Path, cause: &str) {
    let text = super::text(output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(&super::unopened(data)), "{text}");
    assert!(text.contains(cause), "{text}");
}
