//! The walk of the source document "NetLicensing Agent": its steps 1 to 6 and its client configuration,
//! typed as it documents them (the program's name, and a free port, aside), with the upstream and the
//! passphrase in the environment. And then once more, after changes on both sides: its table of known
//! limitations has no row left that deviates.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use leasehold_testkit::http::{Client, segment};
use leasehold_testkit::installation::{Installation, LOGIN, PASSWORD};
use leasehold_testkit::offline::PASSPHRASE;
use leasehold_testkit::programs::{Serving, agent, run_well};
use leasehold_wire::context::Item;

/// The document forbids these characters; here they travel (D15).
const LICENSEE: &str = "I,1;a";
/// The same on a command line.
const TYPED: &str = r"I\,1;a";

/// A module of each model of the document's table, and one that it forgets: number, model, settings,
/// template with its terms.
type Module = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

const MODULES: [Module; 8] = [
    (
        "Try & Buy",
        "TryAndBuy",
        &[],
        &[
            ("licenseType", "TIMEVOLUME"),
            ("timeVolume", "30"),
            ("automatic", "true"),
        ],
    ),
    (
        "Subscription",
        "Subscription",
        &[],
        &[
            ("licenseType", "TIMEVOLUME"),
            ("timeVolume", "3"),
            ("timeVolumePeriod", "MONTH"),
        ],
    ),
    (
        "Rental",
        "Rental",
        &[("yellowThreshold", "14"), ("redThreshold", "3")],
        &[
            ("licenseType", "TIMEVOLUME"),
            ("timeVolume", "3"),
            ("timeVolumePeriod", "MONTH"),
        ],
    ),
    (
        "Floating",
        "Floating",
        &[("maxCheckoutValidity", "86400")],
        &[("licenseType", "FLOATING"), ("maxSessions", "2")],
    ),
    (
        "Multi-Feature",
        "MultiFeature",
        &[],
        &[("licenseType", "FEATURE")],
    ),
    (
        "Pay-per-Use",
        "PayPerUse",
        &[],
        &[("licenseType", "QUANTITY"), ("quantity", "100")],
    ),
    (
        "Quota",
        "Quota",
        &[],
        &[("licenseType", "QUANTITY"), ("quantity", "10")],
    ),
    (
        "Node-Locked",
        "NodeLocked",
        &[("nodeSecretMode", "CLIENT")],
        &[("licenseType", "QUANTITY"), ("quota", "1")],
    ),
];

/// Step 1: the assets, as for an ordinary operation. Returns the API key of the client.
async fn prepare(vendor: &Client) -> String {
    let product = [
        ("number", "P"),
        ("name", "Product"),
        ("version", "1"),
        ("licenseeAutoCreate", "true"),
    ];
    vendor.make("/product", &product).await;
    let licensee = [("productNumber", "P"), ("number", LICENSEE)];
    for (name, model, settings, terms) in MODULES {
        let module = [
            ("productNumber", "P"),
            ("number", model),
            ("name", name),
            ("licensingModel", model),
        ];
        vendor
            .make("/productmodule", &[&module[..], settings].concat())
            .await;
        let template = [
            ("productModuleNumber", model),
            ("number", name),
            ("name", name),
        ];
        vendor
            .make("/licensetemplate", &[&template[..], terms].concat())
            .await;
    }
    let feature = [
        ("productModuleNumber", "Rental"),
        ("number", "Terminal"),
        ("name", "Terminal"),
        ("licenseType", "FEATURE"),
    ];
    vendor.make("/licensetemplate", &feature).await;
    vendor.make("/licensee", &licensee).await;
    let sell = async |template: &str, number: &str, more: &[(&str, &str)]| {
        let license = [
            ("licenseeNumber", LICENSEE),
            ("licenseTemplateNumber", template),
            ("number", number),
        ];
        vendor
            .make("/license", &[&license[..], more].concat())
            .await;
    };
    sell("Terminal", "terminal", &[]).await;
    sell("Rental", "Rental", &[("parentfeature", "terminal")]).await;
    for name in [
        "Subscription",
        "Floating",
        "Multi-Feature",
        "Pay-per-Use",
        "Quota",
        "Node-Locked",
    ] {
        sell(name, name, &[]).await;
    }
    let token = vendor.make("/token", &[("tokenType", "APIKEY")]).await;
    token.get("number").unwrap().to_owned()
}

/// A documented command line in its working directory.
fn typed(folder: &Path, line: &str) -> Command {
    let mut command = agent();
    command.args(line.split(' '));
    command
        .current_dir(folder)
        .env("LEASEHOLD_AGENT_PASSPHRASE", PASSPHRASE);
    command
}

/// Steps 3 to 5: export, carry, import; the files can go then.
fn carry(upstream: &str, connected: &Path, isolated: &Path) -> String {
    let export = format!(
        "--action=export-assets --nlic.username={LOGIN} --licensees={TYPED} --without-card"
    );
    let mut export = typed(connected, &export);
    // The document types it; here it contains blanks.
    export.arg(format!("--nlic.password={PASSWORD}"));
    run_well(export.env("LEASEHOLD_AGENT_CORE_BASE_HOST", upstream));
    let name = "1_netlicensing-assets.xml";
    std::fs::rename(connected.join(name), isolated.join(name)).unwrap();
    let told = run_well(&mut typed(
        isolated,
        "--action=import-assets --without-card",
    ));
    std::fs::remove_file(isolated.join(name)).unwrap();
    told
}

/// Step 6.
fn serve(isolated: &Path) -> Serving {
    let line = "--action=run-agent-offline --port=0 --without-card";
    Serving::start(&mut typed(isolated, line))
}

/// The client, configured as the document says: another base URL, and nothing else.
struct Configured {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Configured {
    fn new(agent: &Serving, key: &str) -> Self {
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: format!("{}/rest", agent.address()),
            key: key.to_owned(),
        }
    }

    async fn ask(&self, licensee: &str, form: &[(&str, &str)]) -> reqwest::Response {
        let url = format!("{}/licensee/{}/validate", self.base, segment(licensee));
        let asked = self.http.post(url).basic_auth("apiKey", Some(&self.key));
        asked
            .header("Accept", "application/json")
            .form(form)
            .send()
            .await
            .unwrap()
    }

    /// The items of an answer, by module.
    async fn validate(&self, form: &[(&str, &str)]) -> BTreeMap<String, Item> {
        let reply = self.ask(LICENSEE, form).await;
        assert_eq!(reply.status(), 200);
        let context = leasehold_wire::json::read(&reply.bytes().await.unwrap()).unwrap();
        let items = context.items.unwrap().items;
        let number = |item: &Item| item.get("productModuleNumber").unwrap().to_owned();
        items
            .into_iter()
            .map(|item| (number(&item), item))
            .collect()
    }

    async fn seat(&self, session: &str) -> bool {
        let form = [
            ("productModuleNumber0", "Floating"),
            ("sessionId0", session),
            ("action0", "checkOut"),
        ];
        self.validate(&form).await["Floating"].get("valid") == Some("true")
    }

    async fn node(&self, secret: &str) -> bool {
        let form = [
            ("productModuleNumber0", "NodeLocked"),
            ("nodeSecret0", secret),
        ];
        self.validate(&form).await["NodeLocked"].get("valid") == Some("true")
    }

    async fn remaining(&self, used: &str) -> String {
        let form = [
            ("productModuleNumber0", "PayPerUse"),
            ("usedQuantity0", used),
        ];
        self.validate(&form).await["PayPerUse"]
            .get("remainingQuantity")
            .unwrap()
            .to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_walk_twice() {
    let installation = Installation::new();
    let (server, vendor) = installation.serve();
    let key = prepare(&vendor).await;
    let (connected, isolated) = (
        installation.beside("connected"),
        installation.beside("isolated"),
    );
    for folder in [&connected, &isolated] {
        std::fs::create_dir(folder).unwrap();
    }

    let told = carry(server.address(), &connected, &isolated);
    assert!(told.contains("generation 1: imported"), "{told}");
    let agent = serve(&isolated);
    let client = Configured::new(&agent, &key);
    println!("\nwalk: steps 1 to 6 and the client, first import: done");

    // Everything that the original loses at the next import happens.
    assert!(client.seat("one").await);
    assert!(client.node("machine").await);
    assert_eq!(client.remaining("10").await, "90");
    let before = client.validate(&[]).await;
    assert_eq!(before.len(), MODULES.len());
    assert_eq!(
        client.ask("somebody new", &[]).await.status(),
        404,
        "auto-create"
    );
    assert!(agent.stop().success());

    // And the vendor sells more of some things.
    vendor
        .make("/license/Floating", &[("maxSessions", "3")])
        .await;
    vendor
        .make("/license/Pay-per-Use", &[("quantity", "150")])
        .await;

    let told = carry(server.address(), &connected, &isolated);
    assert!(told.contains("generation 2: merged"), "{told}");
    let agent = serve(&isolated);
    let client = Configured::new(&agent, &key);
    println!("walk: steps 3 to 6 and the client, repeated import: done");

    let after = client.validate(&[]).await;
    let mut rows = 0;
    let mut row = |model: &str, is_kept: bool| {
        assert!(is_kept, "{model}: {:?}, then {:?}", before, after);
        println!("walk: {model}: No deviation");
        rows += 1;
    };
    let same = |model: &str| before[model] == after[model];
    row("Try & Buy", same("TryAndBuy"));
    row("Subscription", same("Subscription"));
    row("Rental", same("Rental"));
    // Three seats now, of which one is still held.
    let seats = [
        client.seat("two").await,
        client.seat("three").await,
        client.seat("four").await,
    ];
    row(
        "Floating",
        seats == [true, true, false] && client.seat("one").await,
    );
    row("Multi-Feature", same("MultiFeature"));
    row(
        "Pay-per-Use",
        client.remaining("0").await == "140" && client.remaining("1").await == "139",
    );
    row("Quota", same("Quota"));
    row(
        "Node-Locked",
        client.node("machine").await && !client.node("another").await,
    );
    assert_eq!(
        client.ask("somebody new", &[]).await.status(),
        404,
        "auto-create"
    );
    println!("walk: {rows} rows, 0 deviations; the licensee's number is {LICENSEE}");
    assert!(agent.stop().success());
    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}
