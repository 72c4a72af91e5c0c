//! The way back: what an agent counted and gave away comes to the server, once, in order and whole,
//! over real processes (agent specification, 4.6; MG-0).

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_testkit::http::{Client, Reply};
use leasehold_testkit::installation::{Installation, LOGIN};
use leasehold_testkit::offline::{export, import};
use leasehold_testkit::programs::{Serving, agent, leasehold, run, run_well};

async fn prepare(vendor: &Client) -> String {
    let product = [("number", "P"), ("name", "Painter")];
    vendor.make("/product", &product).await;
    let credits = [("licenseType", "QUANTITY"), ("quantity", "100")];
    let seats = [("licenseType", "FLOATING"), ("maxSessions", "2")];
    let day = [("maxCheckoutValidity", "86400")];
    for (number, model, settings, terms) in [
        ("C", "PayPerUse", &[][..], credits),
        ("F", "Floating", &day[..], seats),
    ] {
        let module = [
            ("productNumber", "P"),
            ("number", number),
            ("name", number),
            ("licensingModel", model),
        ];
        let module = [&module[..], settings].concat();
        vendor.make("/productmodule", &module).await;
        let template = [
            ("productModuleNumber", number),
            ("number", number),
            ("name", number),
        ];
        vendor
            .make("/licensetemplate", &[&template[..], &terms].concat())
            .await;
    }
    for licensee in ["I", "J"] {
        vendor
            .make("/licensee", &[("productNumber", "P"), ("number", licensee)])
            .await;
        for template in ["C", "F"] {
            let license = [
                ("licenseeNumber", licensee),
                ("licenseTemplateNumber", template),
            ];
            vendor.make("/license", &license).await;
        }
    }
    let key = vendor.make("/token", &[("tokenType", "APIKEY")]).await;
    key.get("number").unwrap().to_owned()
}

/// Uses so many credits of `I`; what is left, and whether somebody else decides.
async fn credits(client: &Client, used: &str) -> (String, bool) {
    let form = [("productModuleNumber", "C"), ("usedQuantity", used)];
    let reply = client.post("/licensee/I/validate", &form).await.unwrap();
    let told = reply.text().contains("licenseeDelegated");
    let items = reply.expect_items("credits");
    let item = items
        .iter()
        .find(|item| item.get("productModuleNumber") == Some("C"));
    (
        item.unwrap().get("remainingQuantity").unwrap().to_owned(),
        told,
    )
}

async fn seat(client: &Client, session: &str) -> bool {
    let form = [
        ("productModuleNumber", "F"),
        ("sessionId", session),
        ("action", "checkOut"),
    ];
    let items = client
        .post("/licensee/I/validate", &form)
        .await
        .unwrap()
        .expect_items("seat");
    let item = items
        .iter()
        .find(|item| item.get("productModuleNumber") == Some("F"));
    item.unwrap().get("valid") == Some("true")
}

/// The agent's working directory, and where its reports go.
struct Isolated {
    folder: PathBuf,
    carried: PathBuf,
}

impl Isolated {
    fn report(&self, more: &[&str]) -> PathBuf {
        let mut command = agent();
        command.arg("report").arg("--work-dir").arg(&self.folder);
        command.arg("--output").arg(&self.carried).args(more);
        let told = run_well(&mut command);
        self.carried.join(told.split(':').next().unwrap())
    }

    fn take_in(&self, address: &str) -> String {
        let packages = tempfile::tempdir().unwrap();
        export(address, &["I", "J"], packages.path());
        run_well(&mut import(packages.path(), &self.folder))
    }

    fn serve(&self, key: &str) -> (Serving, Client) {
        let serving = Serving::agent(&self.folder);
        let client = Client::new(serving.address(), "apiKey", key);
        (serving, client)
    }
}

/// `leasehold report import`, while the server runs; what it says, and whether it went well.
fn merge(installation: &Installation, file: &Path) -> (bool, String) {
    let mut command = leasehold();
    command.arg("--data").arg(installation.data());
    command.args(["report", "import", LOGIN]).arg(file);
    let output = run(&mut command);
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

async fn send(vendor: &Client, file: &[u8]) -> Reply {
    let form = [("report", STANDARD.encode(file))];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    vendor.post("/agent/report", &form).await.unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_at_the_agent_comes_to_the_server_once() {
    let installation = Installation::new();
    let (server, vendor) = installation.serve();
    let key = prepare(&vendor).await;
    let isolated = Isolated {
        folder: installation.beside("isolated"),
        carried: installation.beside("carried"),
    };
    for folder in [&isolated.folder, &isolated.carried] {
        std::fs::create_dir(folder).unwrap();
    }
    let mut steps = 0;
    let mut done = |what: &str| {
        steps += 1;
        println!("report: {what}");
    };
    println!();

    isolated.take_in(server.address());
    let (serving, offline) = isolated.serve(&key);
    assert_eq!(credits(&offline, "5").await, ("95".into(), false));
    assert!(seat(&offline, "one").await);
    assert_eq!(credits(&vendor, "1").await, ("100".into(), true));
    assert!(!seat(&vendor, "two").await);
    done("the agent decides, the server does not");

    let first = isolated.report(&[]);
    let (merged, said) = merge(&installation, &first);
    assert!(
        merged && said.contains("2 licensees, 1 of them changed"),
        "{said}"
    );
    assert_eq!(credits(&vendor, "0").await, ("95".into(), false));
    done("a report of the running agent is merged");

    let (merged, said) = merge(&installation, &first);
    assert!(merged && said.contains("merged before"), "{said}");
    let bytes = std::fs::read(&first).unwrap();
    let again = send(&vendor, &bytes).await;
    assert_eq!(again.status, 200);
    assert!(
        again.text().contains("reportAlreadyMerged"),
        "{}",
        again.text()
    );
    assert_eq!(credits(&vendor, "0").await, ("95".into(), false));
    done("the same again counts once, by command and by request");

    assert_eq!(credits(&offline, "10").await, ("85".into(), false));
    let second = isolated.report(&[]);
    let bytes = std::fs::read(&second).unwrap();
    let every = if std::env::var_os("LEASEHOLD_LONG").is_some() {
        1
    } else {
        23
    };
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(every) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let reply = send(&vendor, &changed).await;
        assert_eq!(reply.status, 400, "byte {at}: {}", reply.text());
        refused += 1;
    }
    assert_eq!(credits(&vendor, "0").await, ("95".into(), false));
    done(&format!(
        "{refused} of {} bytes changed, each refused",
        bytes.len()
    ));

    // AG-25: used 15, of which all are reported; two more; then a new package.
    assert_eq!(credits(&offline, "2").await, ("83".into(), false));
    assert!(merge(&installation, &second).0);
    assert_eq!(credits(&vendor, "0").await, ("85".into(), false));
    let older = send(&vendor, &std::fs::read(&first).unwrap()).await;
    assert_eq!(older.status, 409);
    assert!(older.text().contains("reportOutdated"), "{}", older.text());
    done("an older report is refused");

    assert!(serving.stop().success());
    isolated.take_in(server.address());
    let (serving, offline) = isolated.serve(&key);
    assert_eq!(credits(&offline, "0").await, ("83".into(), false));
    assert!(seat(&offline, "two").await);
    assert!(!seat(&offline, "three").await);
    done("a later package loses nothing and counts nothing twice");

    assert!(serving.stop().success());
    let kept = installation.beside("kept");
    copy(&isolated.folder.join("database"), &kept);
    let third = isolated.report(&[]);
    assert!(merge(&installation, &third).0);
    assert_eq!(credits(&vendor, "0").await, ("83".into(), false));
    let current = installation.beside("current");
    copy(&isolated.folder.join("database"), &current);
    let put = |from: &Path| {
        std::fs::remove_dir_all(isolated.folder.join("database")).unwrap();
        copy(from, &isolated.folder.join("database"));
    };
    put(&kept);
    let forked = isolated.report(&[]);
    let refused = send(&vendor, &std::fs::read(forked).unwrap()).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("journalGap"), "{}", refused.text());
    put(&current);
    done("a database that is older than what it reported is noticed");

    let last = isolated.report(&["--final"]);
    let (serving, offline) = isolated.serve(&key);
    assert_eq!(credits(&offline, "1").await, ("83".into(), true));
    assert_eq!(credits(&vendor, "1").await, ("83".into(), true));
    assert!(merge(&installation, &last).0);
    assert_eq!(credits(&vendor, "1").await, ("82".into(), false));
    assert_eq!(credits(&offline, "1").await, ("83".into(), true));
    done("a final report gives the rights back");

    assert!(serving.stop().success());
    isolated.take_in(server.address());
    let (serving, offline) = isolated.serve(&key);
    assert_eq!(credits(&offline, "1").await, ("81".into(), false));
    assert_eq!(credits(&vendor, "1").await, ("82".into(), true));
    let late = send(&vendor, &std::fs::read(&last).unwrap()).await;
    assert_eq!(late.status, 409);
    done("and the next package brings them again");

    assert!(serving.stop().success());
    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
    println!("report: {steps} passed, 0 failed");
}
