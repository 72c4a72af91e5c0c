//! `verify`, `doctor` and `tls-selfsigned`: what looks, and what it says to do.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::package::{assets, digest_of, plain, put, sealed, signing_key};
use crate::support::program::{Program, agent, ended, run};

#[test]
fn packages_are_checked_and_nothing_is_taken_in() {
    let home = tempfile::tempdir().unwrap();
    let key = signing_key();
    put(
        home.path(),
        1,
        &sealed(&assets("P1", 4), &key, "four words"),
    );
    let good = ended(
        agent(home.path())
            .arg("verify")
            .env("LEASEHOLD_AGENT_PASSPHRASE", "four words"),
    );
    assert_eq!((good.code, good.stderr.as_str()), (0, ""));
    for part in [
        "1_netlicensing-assets.xml: good",
        "  vendor:     V1",
        "(not known here: compare it",
        "  generation: 4",
        "  recipient:  passphrase",
        "  licensees:  I1, I2",
    ] {
        assert!(good.stdout.contains(part), "{part}\n{}", good.stdout);
    }
    assert_eq!(
        run(home.path(), &["verify"]).code,
        7,
        "there is nobody to ask"
    );
    assert_eq!(digest_of(&home.path().join("database")), None);

    // A bad one is told, and the good ones beside it too.
    let mut damaged = plain(&assets("P2", 1), &key);
    let at = damaged.len() / 2;
    damaged[at] ^= 1;
    put(home.path(), 1, &plain(&assets("P1", 4), &key));
    put(home.path(), 2, &damaged);
    put(home.path(), 3, &plain(&assets("P3", 1), &key));
    let mixed = run(home.path(), &["verify", "--json"]);
    assert_eq!(mixed.code, 8);
    let expected = "File '2_netlicensing-assets.xml' is damaged or was altered.\n";
    assert_eq!(mixed.stderr, expected);
    assert!(
        mixed.stdout.contains("\"product\":\"P1\""),
        "{}",
        mixed.stdout
    );
    assert!(
        mixed.stdout.contains("\"product\":\"P3\""),
        "{}",
        mixed.stdout
    );

    // After an import the key is known.
    std::fs::remove_file(home.path().join("2_netlicensing-assets.xml")).unwrap();
    assert_eq!(run(home.path(), &["import-assets"]).code, 0);
    let known = run(home.path(), &["verify"]);
    assert!(known.stdout.contains("(trusted)"), "{}", known.stdout);
}

fn doctor(home: &Path, options: &[&str]) -> (i32, String) {
    let ran = run(home, &[&["doctor", "--port=0"], options].concat());
    (ran.code, ran.stdout + &ran.stderr)
}

#[test]
fn the_doctor_says_what_is_amiss_and_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o700)).unwrap();
    let (code, told) = doctor(home.path(), &[]);
    assert_eq!(code, 7, "{told}");
    assert!(
        told.contains("bad      store        No licensing assets found"),
        "{told}"
    );

    put(home.path(), 1, &plain(&assets("P1", 1), &signing_key()));
    assert_eq!(run(home.path(), &["import-assets"]).code, 0);
    let (code, told) = doctor(home.path(), &[]);
    assert_eq!(code, 0, "{told}");
    for part in [
        "good     directory    ",
        "good     store        it opens, and is sound",
        "good     permissions  only",
        "good     clock        it is 20",
        "MiB are free",
        "good     port         127.0.0.1:0 is free",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }

    let made = run(
        home.path(),
        &["tls-selfsigned", "--host=localhost,127.0.0.1"],
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    let tls = ["--tls.cert=tls-cert.pem", "--tls.key=tls-key.pem"];
    let (code, told) = doctor(home.path(), &tls);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("tls-cert.pem' is good until 20"), "{told}");

    let key = home.path().join("tls-key.pem");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    let (code, told) = doctor(home.path(), &tls);
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains("mode 644): chmod 600 it, or add --tls.allow-loose-key"),
        "{told}"
    );

    let database = home.path().join("database");
    std::fs::set_permissions(&database, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let (code, told) = doctor(home.path(), &[]);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("warning  directory    './' ") || told.contains("chmod go-w it"),
        "{told}"
    );
    assert!(told.contains("others than the owner may reach"), "{told}");
    std::fs::set_permissions(&database, PermissionsExt::from_mode(0o700)).unwrap();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let ran = run(
        home.path(),
        &["doctor", &format!("--port={}", address.port())],
    );
    assert_eq!(ran.code, 11, "{}", ran.stdout);
    drop(taken);
    let host = format!("--core.base.host=http://{address}");
    let (code, told) = doctor(home.path(), &[&host]);
    assert_eq!(code, 5, "{told}");

    let program = Program::start(home.path());
    let (code, told) = doctor(home.path(), &["--json"]);
    assert_eq!(code, 0, "{told}");
    let answers = format!("an agent answers on {}", program.address);
    assert!(told.contains(&answers), "{told}");
}

#[test]
fn a_certificate_is_made_once_and_its_key_is_the_owners() {
    let home = tempfile::tempdir().unwrap();
    let line = [
        "tls-selfsigned",
        "--host=license.local,192.0.2.7",
        "--host=::1",
    ];
    let made = run(home.path(), &line);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    assert!(
        made.stdout.contains("license.local, 192.0.2.7, ::1"),
        "{}",
        made.stdout
    );
    let mode = |name: &str| {
        let metadata = std::fs::metadata(home.path().join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("tls-key.pem"), 0o600);
    let read = || std::fs::read(home.path().join("tls-cert.pem")).unwrap();
    let former = read();

    let again = run(home.path(), &line);
    assert_eq!(again.code, 6, "{}", again.stderr);
    assert_eq!(read(), former);
    assert_eq!(
        run(home.path(), &[&line[..], &["--force"]].concat()).code,
        0
    );
    assert_ne!(read(), former);

    for (line, message) in [
        (&["tls-selfsigned"][..], "Option --host: missing"),
        (
            &["tls-selfsigned", "--host=a b"],
            "Option --host: 'a b' is neither",
        ),
        (
            &["tls-selfsigned", "--host="],
            "Option --host: '' is neither",
        ),
    ] {
        let refused = run(home.path(), line);
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.starts_with(message), "{}", refused.stderr);
    }
}
