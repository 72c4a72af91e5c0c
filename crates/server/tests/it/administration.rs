//! Stories of whoever looks after an installation, told with the program itself.

use std::io::Write;
use std::process::Stdio;

use crate::program::{PASSWORD, Place, done, failed, get, leasehold, mode};

/// The API key that `token add` printed as CSV.
fn key(printed: &str) -> String {
    let row = printed.lines().nth(1).unwrap();
    row.split(',').next().unwrap().to_owned()
}

#[test]
fn the_first_start_needs_nothing_and_says_what_to_do_next() {
    let place = Place::new();
    let server = place.serve(&[]);
    assert!(server.told().contains("leasehold vendor add"));
    assert_eq!(mode(&place.data()), 0o700);
    assert_eq!(mode(&place.data().join("installation.key")), 0o600);
    assert_eq!(mode(&place.data().join("control.sock")), 0o600);

    // No account, so no password opens it, and least of all a well-known one.
    assert_eq!(server.status("/product", "demo", "demo"), 401);
    assert_eq!(server.status("/product", "acme", PASSWORD), 401);

    place.run(&["vendor", "add", "acme"]);
    assert_eq!(server.status("/product", "acme", PASSWORD), 200);
    assert_eq!(server.stop(), Some(0));
    assert!(!place.data().join("control.sock").exists());
}

#[test]
fn a_new_password_ends_the_sign_ins_of_the_old_one_at_once() {
    let place = Place::new();
    place.run(&["vendor", "add", "acme"]);
    let server = place.serve(&[]);
    assert_eq!(server.status("/product", "acme", PASSWORD), 200);
    let mut passwd = place.command(&["vendor", "passwd", "acme"]);
    done(passwd.env("LEASEHOLD_PASSWORD", "battery staple"));
    assert_eq!(server.status("/product", "acme", PASSWORD), 401);
    assert_eq!(server.status("/product", "acme", "battery staple"), 200);
}

#[test]
fn a_revoked_key_opens_nothing_any_more() {
    let place = Place::new();
    place.run(&["vendor", "add", "acme"]);
    let server = place.serve(&[]);
    let add = [
        "token",
        "add",
        "acme",
        "--role",
        "analytics",
        "--output",
        "csv",
    ];
    let (first, second) = (key(&place.run(&add)), key(&place.run(&add)));
    assert_eq!(server.status("/product", "apiKey", &first), 200);
    assert_eq!(server.status("/token", "apiKey", &first), 403);

    // By its number, and by the id under which it is listed.
    place.run(&["token", "revoke", &first]);
    assert_eq!(server.status("/product", "apiKey", &first), 401);
    let listed = place.run(&["token", "list", "--output", "csv"]);
    assert!(!listed.contains(&second), "{listed}");
    place.run(&["token", "revoke", &key(&listed)]);
    assert_eq!(server.status("/product", "apiKey", &second), 401);
    place.fail(&["token", "revoke", &second], 1);
}

#[test]
fn a_key_ends_when_it_was_said_to() {
    let place = Place::new();
    place.run(&["vendor", "add", "acme"]);
    let server = place.serve(&[]);
    for (expires, status) in [("2001-01-01", 401), ("2999-01-01", 200)] {
        let add = [
            "token",
            "add",
            "acme",
            "--role",
            "analytics",
            "--output",
            "csv",
            "--expires",
        ];
        let printed = place.run(&[&add[..], &[expires]].concat());
        assert_eq!(server.status("/product", "apiKey", &key(&printed)), status);
    }
}

#[test]
fn a_plan_is_set_while_serving_and_stays() {
    let place = Place::new();
    place.run(&["vendor", "add", "acme"]);
    let plan = |more: &[&str]| {
        let show = ["vendor", "plan", "acme", "--output", "csv"];
        let shown = place.run(&[&show[..], more].concat());
        shown.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(plan(&[]), "unlimited,unlimited,unlimited,");
    let server = place.serve(&[]);
    let set = [
        "--products",
        "1",
        "--deny",
        "Floating,Bundle",
        "--deny",
        "Export",
    ];
    assert_eq!(
        plan(&set),
        "1,unlimited,unlimited,\"Floating,Bundle,Export\""
    );
    assert_eq!(server.stop(), Some(0));
    assert_eq!(
        plan(&[
            "--products",
            "unlimited",
            "--licensees",
            "5",
            "--max-offline-days",
            "90",
            "--allow",
            "Bundle"
        ]),
        "unlimited,5,90,\"Floating,Export\""
    );
    assert_eq!(plan(&[]), "unlimited,5,90,\"Floating,Export\"");
    place.fail(&["vendor", "plan", "acme", "--deny", "everything"], 2);
    place.fail(&["vendor", "plan", "nobody"], 1);
}

#[test]
fn vendors_and_keys_are_listed_in_three_forms() {
    let place = Place::new();
    place.run(&["vendor", "add", "acme"]);
    place.run(&["token", "add", "acme", "--name", "ci"]);
    let table = place.run(&["vendor", "list"]);
    assert!(table.starts_with("login  number\nacme   V"), "{table}");
    let csv = place.run(&["token", "list", "acme", "--output", "csv"]);
    assert!(
        csv.contains(",acme,ROLE_APIKEY_LICENSEE,,,ci,true\r\n"),
        "{csv}"
    );
    let json = place.run(&["vendor", "list", "--output", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["login"], "acme");
}

#[test]
fn a_password_comes_from_anywhere_but_the_command_line() {
    let place = Place::new();
    let file = place.beside("password");
    std::fs::write(&file, "from a file\n").unwrap();
    let add = |login: &str| {
        let mut command = place.command(&["vendor", "add", login]);
        command.env_remove("LEASEHOLD_PASSWORD");
        command
    };
    failed(&mut add("nobody"), 2);
    done(add("file").env("LEASEHOLD_PASSWORD_FILE", &file));
    done(add("variable").env("LEASEHOLD_PASSWORD", "from a variable"));
    let mut piped = add("stdin")
        .arg("--password-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = piped.stdin.take().unwrap();
    stdin.write_all(b"from stdin\n").unwrap();
    drop(stdin);
    assert!(piped.wait().unwrap().success());
    failed(add("empty").env("LEASEHOLD_PASSWORD", ""), 1);

    let server = place.serve(&[]);
    for (login, password) in [
        ("file", "from a file"),
        ("variable", "from a variable"),
        ("stdin", "from stdin"),
    ] {
        assert_eq!(server.status("/product", login, password), 200, "{login}");
    }
}

#[test]
fn a_login_is_unique_and_cannot_be_mistaken() {
    let place = Place::new();
    place.run(&["vendor", "add", "acme"]);
    for login in ["acme", "a:b", "apiKey", "", " acme"] {
        place.fail(&["vendor", "add", login], 1);
    }
    place.fail(&["vendor", "passwd", "nobody"], 1);
    place.fail(&["token", "add", "nobody"], 1);
    place.fail(&["token", "add", "acme", "--licensee", "nobody"], 1);
    place.fail(&["token", "add", "acme", "--role", "king"], 2);
}

#[test]
fn a_backup_is_made_while_serving_and_becomes_an_installation() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.run(&["vendor", "add", "acme"]);
    let key = key(&place.run(&["token", "add", "acme", "--role", "admin", "--output", "csv"]));
    let backup = place.beside("backup");
    let backup_text = backup.to_str().unwrap();
    place.run(&["backup", backup_text]);
    let backup_key = place.beside("backup.key");
    assert_eq!((mode(&backup), mode(&backup_key)), (0o600, 0o600));
    // Nothing is ever overwritten: neither a backup nor data.
    place.fail(&["backup", backup_text], 1);
    place.fail(&["restore", backup_text], 1);
    drop(server);

    let other = Place::new();
    other.run(&["restore", backup_text, "--check"]);
    assert!(!other.data().exists());
    other.run(&["restore", backup_text]);
    other.run(&["verify"]);
    let server = other.serve(&[]);
    assert_eq!(server.status("/product", "acme", PASSWORD), 200);
    assert_eq!(server.status("/token", "apiKey", &key), 200);
}

#[test]
fn a_damaged_or_incomplete_backup_is_not_put_in_place() {
    let place = Place::new();
    place.run(&["vendor", "add", "acme"]);
    place.run(&["token", "add", "acme"]);
    let backup = place.beside("backup");
    let backup_text = backup.to_str().unwrap();
    place.run(&["backup", backup_text]);
    let backup_key = place.beside("backup.key");
    let [bytes, key] = [&backup, &backup_key].map(|path| std::fs::read(path).unwrap());
    let other = Place::new();
    let refuse = || {
        other.fail(&["restore", backup_text, "--check"], 1);
        other.fail(&["restore", backup_text], 1);
        assert!(!other.data().exists());
        let left = std::fs::read_dir(other.beside(".")).unwrap().count();
        assert_eq!(left, 0);
    };

    std::fs::write(&backup, &bytes[..bytes.len() / 2]).unwrap();
    refuse();
    std::fs::write(&backup, &bytes).unwrap();

    std::fs::remove_file(&backup_key).unwrap();
    refuse();
    // Another installation's key opens nothing of this one.
    let stranger = Place::new();
    stranger.run(&["vendor", "add", "other"]);
    std::fs::copy(stranger.data().join("installation.key"), &backup_key).unwrap();
    refuse();
    std::fs::write(&backup_key, &key).unwrap();
    other.run(&["restore", backup_text]);
}

#[test]
fn verifying_works_with_and_without_a_server() {
    let place = Place::new();
    assert!(place.fail(&["verify"], 1).contains("no data directory"));
    assert!(!place.data().exists());
    place.run(&["vendor", "add", "acme"]);
    place.run(&["verify"]);
    let server = place.serve(&["--demo"]);
    place.run(&["verify"]);
    drop(server);
    // Killed, it leaves its socket behind, which is nobody's.
    assert!(place.data().join("control.sock").exists());
    place.run(&["verify"]);
}

#[test]
fn a_second_server_is_told_that_the_place_is_taken() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.fail(&["serve", "--bind", "127.0.0.1:0"], 3);
    let other = Place::new();
    other.fail(&["serve", "--bind", server.address()], 3);
}

#[test]
fn the_demo_vendor_signs_in_with_demo_only() {
    let place = Place::new();
    let server = place.serve(&["--demo"]);
    assert!(server.told().contains("DEMO"));
    assert_eq!(server.status("/product/P-DEMO", "demo", "demo"), 200);
    let key = key(&place.run(&["token", "add", "demo", "--role", "admin", "--output", "csv"]));
    assert_eq!(server.status("/product", "apiKey", &key), 200);
    place.fail(&["vendor", "passwd", "demo"], 1);
    assert_eq!(server.stop(), Some(0));

    let server = place.serve(&[]);
    assert_eq!(server.status("/product", "demo", "demo"), 401);
    assert_eq!(server.status("/product", "apiKey", &key), 401);
    assert_eq!(server.stop(), Some(0));

    // What was made once is found again, and not made twice.
    let server = place.serve(&["--demo"]);
    let (_, modules) = get(server.address(), "/productmodule", Some(("demo", "demo")));
    assert!(modules.contains("totalitems=\"9\""), "{modules}");
}

#[test]
fn beyond_this_machine_plain_http_must_be_asked_for() {
    let place = Place::new();
    let told = place.fail(&["serve", "--bind", "0.0.0.0:0"], 2);
    assert!(told.contains("--insecure-http"), "{told}");
    assert!(!place.data().exists());
}

#[test]
fn options_come_from_flags_then_the_environment_then_a_file() {
    let place = Place::new();
    let file = place.beside("leasehold.toml");
    let in_file = place.beside("in-file");
    std::fs::write(&file, format!("data = {:?}\n", in_file.to_str().unwrap())).unwrap();
    let add = || {
        let mut command = leasehold();
        command
            .args(["vendor", "add", "acme", "--config"])
            .arg(&file);
        command.env("LEASEHOLD_PASSWORD", PASSWORD);
        command
    };
    done(&mut add());
    assert!(in_file.exists());
    let in_variable = place.beside("in-variable");
    done(add().env("LEASEHOLD_DATA", &in_variable));
    assert!(in_variable.exists());
    let in_flag = place.beside("in-flag");
    done(
        add()
            .env("LEASEHOLD_DATA", &in_variable)
            .arg("--data")
            .arg(&in_flag),
    );
    assert!(in_flag.exists());

    std::fs::write(&file, "dta = \"x\"\n").unwrap();
    assert!(failed(&mut add(), 2).contains("dta"));
    failed(leasehold().arg("--bogus"), 2);
    assert!(done(leasehold().arg("--version")).starts_with("leasehold "));
}

#[test]
fn a_data_directory_may_lie_deep() {
    let place = Place::deep();
    let server = place.serve(&[]);
    place.run(&["vendor", "add", "acme"]);
    assert_eq!(server.status("/product", "acme", PASSWORD), 200);
}
