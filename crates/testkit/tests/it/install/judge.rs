//! What must hold of the installed packages, told by Debian's own programs.

use std::collections::BTreeSet;

use leasehold_testkit::debian::Debian;
use leasehold_testkit::programs::run_well;

use super::PROGRAMS;

/// How open a unit may be by systemd's count, in tenths; a unit that says nothing has 96.
const EXPOSURE: u32 = 15;

/// systemd finds nothing to say about the unit; how open it finds it.
pub(super) fn unit(debian: &Debian, name: &str) -> String {
    let verify = format!("systemd-analyze verify {name}.service 2>&1");
    assert_eq!(run_well(&mut debian.shell(&verify)), "");
    let security = format!(
        "systemd-analyze security --offline=true --no-pager --threshold={EXPOSURE} {name}.service"
    );
    let told = run_well(&mut debian.shell(&security));
    let (_, level) = told.rsplit_once("service: ").unwrap();
    level
        .split_ascii_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
}

/// man shows every page without a warning; how many there are.
pub(super) fn pages(debian: &Debian) -> usize {
    let script = "cd /usr/share/man/man1 && for page in leasehold*.1.gz; do \
        echo $page; man --warnings -E UTF-8 -l -Tutf8 -Z $page 2>&1 >/dev/null; done";
    let told = run_well(&mut debian.shell(script));
    let (pages, warnings): (Vec<&str>, Vec<&str>) =
        told.lines().partition(|line| line.ends_with(".1.gz"));
    assert!(warnings.is_empty(), "{warnings:?}");
    assert!(pages.contains(&"leasehold-serve.1.gz") && pages.contains(&"leasehold-agent.1.gz"));
    pages.len()
}

/// bash, zsh and fish read what they complete lines by.
pub(super) fn completions(debian: &Debian) {
    for name in PROGRAMS {
        let script = format!(
            "bash -n /usr/share/bash-completion/completions/{name} \
             && zsh -n /usr/share/zsh/vendor-completions/_{name} \
             && fish -n /usr/share/fish/vendor_completions.d/{name}.fish"
        );
        run_well(&mut debian.shell(&script));
    }
}

/// What a service has written is its user's, and nobody else's.
pub(super) fn state(debian: &Debian) {
    for name in PROGRAMS {
        let script = format!("find /var/lib/{name} ! -user {name} -o ! -type s -perm /077");
        assert_eq!(run_well(&mut debian.shell(&script)), "");
        let files = run_well(&mut debian.shell(&format!("find /var/lib/{name} -type f")));
        assert!(files.lines().count() > 0);
    }
}

/// All files, users and groups, but for those that dpkg and its like keep for themselves.
pub(super) fn everything(debian: &Debian) -> BTreeSet<String> {
    let script = "find / -xdev ! -path '/proc/*' ! -path '/run/*' ! -path '/packages*' \
        ! -path '/var/lib/dpkg/*' ! -path '/var/cache/*' ! -path '/var/log/*' ! -path '/etc/*-'; \
        getent passwd; getent group";
    let told = run_well(&mut debian.shell(script));
    told.lines().map(str::to_owned).collect()
}
