//! A vendor's first day with the real programs: an empty directory, an account made while the
//! server runs, a sale, a customer offline, a backup, and the backup put back.

use leasehold_testkit::http::Client;
use leasehold_testkit::installation::{LOGIN, PASSWORD};
use leasehold_testkit::offline;
use leasehold_testkit::programs::{Serving, leasehold, run, run_well};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_directory_to_a_restored_backup() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let server = Serving::server(&data);
    let command = |words: &[&str], data: &std::path::Path| {
        let mut command = leasehold();
        command.args(words).arg("--data").arg(data);
        command.env("LEASEHOLD_PASSWORD", PASSWORD);
        command
    };

    // Nobody can sign in yet, least of all with the demo's well-known password.
    for (user, password) in [("demo", "demo"), ("admin", "admin"), (LOGIN, PASSWORD)] {
        let nobody = Client::new(server.address(), user, password);
        assert_eq!(nobody.get("/product").await.unwrap().status, 401, "{user}");
    }

    // The commands reach the running server.
    run_well(&mut command(&["vendor", "add", LOGIN], &data));
    assert!(run_well(&mut command(&["vendor", "list"], &data)).contains(LOGIN));
    let twice = run(&mut command(&["vendor", "add", LOGIN], &data));
    assert_eq!(twice.status.code(), Some(1));
    let second_server = run(leasehold()
        .args(["serve", "--bind", "127.0.0.1:0", "--data"])
        .arg(&data));
    assert_eq!(
        second_server.status.code(),
        Some(3),
        "the directory is in use"
    );

    let vendor = Client::new(server.address(), LOGIN, PASSWORD);
    sell(&vendor).await;
    let made = run_well(&mut command(
        &["token", "add", LOGIN, "--output", "json"],
        &data,
    ));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let key = made[0]["number"].as_str().unwrap().to_owned();
    let program = Client::new(server.address(), "apiKey", &key);
    assert_eq!(features(&program).await, ["true", "false"]);
    assert_eq!(program.get("/product").await.unwrap().status, 403);

    let backup = folder.path().join("backup.db");
    run_well(command(&["backup"], &data).arg(&backup));
    run_well(&mut command(&["verify"], &data));

    // The customer without internet.
    let premises = folder.path().join("premises");
    offline::carry(server.address(), &["I"], &premises);
    let agent = Serving::agent(&premises);
    let program = Client::new(agent.address(), "apiKey", &key);
    assert_eq!(features(&program).await, ["true", "false"]);
    assert!(agent.stop().success());

    // A day's work is lost; the backup has the sale and the key.
    assert!(server.stop().success());
    run_well(&mut command(&["verify"], &data));
    run_well(command(&["restore", "--check"], &data).arg(&backup));
    let restored = folder.path().join("restored");
    run_well(command(&["restore"], &restored).arg(&backup));
    let server = Serving::server(&restored);
    let program = Client::new(server.address(), "apiKey", &key);
    assert_eq!(features(&program).await, ["true", "false"]);
    assert!(server.stop().success());
}

/// Whether each feature of the licensee is valid.
async fn features(client: &Client) -> Vec<String> {
    let reply = client.post("/licensee/I/validate", &[]).await.unwrap();
    let items = reply.expect_items("validate");
    let valid = items[0].lists.iter().flat_map(|list| &list.properties);
    valid
        .filter(|property| property.name == "valid")
        .map(|property| property.value.clone())
        .collect()
}

async fn sell(client: &Client) {
    client
        .make("/product", &[("number", "P"), ("name", "Editor")])
        .await;
    let module = [
        ("productNumber", "P"),
        ("number", "M"),
        ("name", "Features"),
        ("licensingModel", "MultiFeature"),
    ];
    client.make("/productmodule", &module).await;
    for number in ["E1", "E2"] {
        let template = [
            ("productModuleNumber", "M"),
            ("number", number),
            ("name", "A feature"),
            ("licenseType", "FEATURE"),
        ];
        client.make("/licensetemplate", &template).await;
    }
    client
        .make("/licensee", &[("productNumber", "P"), ("number", "I")])
        .await;
    let license = [("licenseeNumber", "I"), ("licenseTemplateNumber", "E1")];
    client.make("/license", &license).await;
}
