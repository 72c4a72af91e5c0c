//! What an import shows at a terminal, and that it shows nothing elsewhere.

use std::process::{Command, Stdio};

use crate::support::package::{assets, plain, put, signing_key};
use crate::support::program::{agent, ended};

#[test]
fn only_a_terminal_is_told_what_an_import_is_at() {
    let place = tempfile::tempdir().unwrap();
    put(place.path(), 1, &plain(&assets("P1", 1), &signing_key()));
    let mut import = agent(place.path());
    import.args(["import-assets", "--without-card", "--work-dir", "."]);
    let words = std::iter::once(import.get_program()).chain(import.get_args());
    let words: Vec<&str> = words.map(|word| word.to_str().unwrap()).collect();

    // Makes a terminal, and runs the line at it.
    let mut terminal = Command::new("script");
    terminal
        .args(["--quiet", "--return", "--command", &words.join(" ")])
        .arg("/dev/null")
        .current_dir(place.path())
        .env("TERM", "xterm")
        .stdin(Stdio::null());
    let shown = ended(&mut terminal);
    assert_eq!(shown.code, 0, "{}", shown.stdout);
    for told in [
        "Checking the packages",
        "Reading 2 licensees of '1_netlicensing-assets.xml'",
        "Taking the packages in",
        "generation 1: imported",
    ] {
        assert!(shown.stdout.contains(told), "{told}:\n{}", shown.stdout);
    }

    let again = ended(&mut import);
    assert_eq!((again.code, &*again.stderr), (0, ""));
    assert_eq!(
        again.stdout,
        "1_netlicensing-assets.xml: already imported\n"
    );
}
