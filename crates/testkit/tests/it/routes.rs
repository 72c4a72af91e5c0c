//! Every endpoint of the server with every caller that there is: allowed, with success on a shop
//! that has what the request needs, and refused, with nothing changed.
//!
//! The rows are section 7 of the wire contract, the callers of each row its section 6; both are
//! written down here a second time, and the route table must have these rows and no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::vendor::TtlMinutes;
use leasehold_seal::envelope::{self, Lock};
use leasehold_seal::report::{ReportHeader, seal};
use leasehold_service::clock::ManualClock;
use leasehold_service::rest::call::Method;
use leasehold_testkit::http::{Client, Reply, segment};
use leasehold_testkit::within::{PASSWORD, Server};
use leasehold_wire::assets::{self, Assets, ReportTerms};
use tempfile::TempDir;

use self::rows::{ROWS, Row};
use crate::shop::{ask, everything, prepare, split};

mod rows;

/// The vendor that everybody asks as.
const VENDOR: &str = "vendor";

/// What every row finds. `{n}` in a row is a number of its own for each caller.
const WORLD: &[&str] = &[
    "POST /product number=P&name=Credits&licenseeAutoCreate=true",
    "POST /productmodule productNumber=P&number=M&name=Credits&licensingModel=PayPerUse",
    "POST /licensetemplate productModuleNumber=M&number=E&name=Credits&licenseType=QUANTITY&quantity=5",
    "POST /licensee productNumber=P&number=I",
    "POST /licensee productNumber=P&number=J",
    "POST /licensee productNumber=P&number=S&markedForTransfer=true",
    "POST /license licenseeNumber=I&licenseTemplateNumber=E&number=L",
    "POST /bundle number=B&name=All&licenseTemplateNumbers=E",
    "POST /transaction number=T&status=PENDING&source=SHOP",
    "POST /notification number=N&name=All&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=http://localhost:1/&active=false",
    "POST /productmodule productNumber=P&number=R&name=Plans&licensingModel=PricingTable",
];

/// Who asks: the columns of the matrix, by the letters that the rows use.
struct Caller {
    letter: char,
    client: Client,
}

/// The counts of what was asked and found right.
#[derive(Default)]
struct Checks {
    passed: usize,
    faults: Vec<String>,
}

impl Checks {
    fn check(&mut self, is_right: bool, fault: impl FnOnce() -> String) {
        if is_right {
            self.passed += 1;
        } else {
            self.faults.push(fault());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_with_every_role() {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::start(folder.path(), clock).await;
    let mut checks = Checks::default();
    the_table_has_these_rows(&mut checks);

    let admin = server.add_vendor(VENDOR, TtlMinutes::DEFAULT).await;
    let admin = Client::new(server.address(), "apiKey", &admin);
    prepare(&admin, WORLD).await;
    // Its account replaces the other one, so that the sixth caller is of the same vendor.
    server.add_login(VENDOR).await;
    let mut callers = Vec::new();
    for (letter, role) in "LAOMD".chars().zip(ApiKeyRole::ALL) {
        let key = server.add_key(VENDOR, role).await;
        let client = Client::new(server.address(), "apiKey", &key);
        callers.push(Caller { letter, client });
    }
    callers.push(Caller {
        letter: 'P',
        client: Client::new(server.address(), VENDOR, PASSWORD),
    });
    let mut scoped = Vec::new();
    for role in ApiKeyRole::ALL {
        let key = server.add_key_for(VENDOR, role, Some("I")).await;
        scoped.push(Client::new(server.address(), "apiKey", &key));
    }

    let mut count = 0;
    for row in ROWS {
        refused(row, &callers, &scoped, &admin, &mut checks).await;
        for caller in &callers {
            if row.callers.contains(caller.letter) {
                count += 1;
                allowed(row, &caller.client, &admin, count, &mut checks).await;
            }
        }
        if row.is_for_own_licensee {
            for client in &scoped {
                count += 1;
                allowed(row, client, &admin, count, &mut checks).await;
            }
        }
    }
    server.stop().await;

    let routes = leasehold_server::rest::routes().len();
    let (passed, failed) = (checks.passed, checks.faults.len());
    // The test runner may have left its own line open.
    println!();
    println!("routes: {routes}, role checks: {}", passed + failed);
    println!("routes: {passed} passed, {failed} failed");
    assert!(failed == 0, "{}", checks.faults.join("\n"));
}

/// Every route has a row, and every row a route.
fn the_table_has_these_rows(checks: &mut Checks) {
    let table: BTreeSet<String> = leasehold_server::rest::routes()
        .iter()
        .map(|route| {
            let method = match route.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Delete => "DELETE",
            };
            format!("{method} {}", route.path)
        })
        .collect();
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.route.to_owned()).collect();
    for route in table.union(&rows) {
        let is_right = table.contains(route) && rows.contains(route);
        checks.check(is_right, || {
            format!("{route} stands in one table only: the server's or the test's")
        });
    }
}

/// A row that the caller may ask, on what the row needs: it must succeed.
async fn allowed(row: &Row, client: &Client, admin: &Client, count: usize, checks: &mut Checks) {
    let with_number = |text: &str| text.replace("{n}", &count.to_string());
    for request in row.before {
        prepare(admin, &[&with_number(request)]).await;
    }
    let request = with_number(row.request);
    let request = completed(request, admin).await;
    let (line, form) = split(&request);
    let reply = ask(client, line, form).await;
    checks.check(row.succeeded(&reply), || {
        format!("{request}: {} {}", reply.status, reply.text())
    });
    if let Some(path) = line.strip_prefix("GET ") {
        let head = client.request("HEAD", path);
        let head = head
            .header("Accept", "application/json")
            .send()
            .await
            .unwrap();
        let is_right = head.status() == 200
            && head.headers()["content-type"] == reply.content_type.as_str()
            && head.headers()["content-length"] == reply.body.len().to_string().as_str();
        checks.check(is_right, || format!("HEAD {line}: {:?}", head.headers()));
    }
}

/// A row asked by those who may not: nobody learns or changes anything.
async fn refused(
    row: &Row,
    callers: &[Caller],
    scoped: &[Client],
    admin: &Client,
    checks: &mut Checks,
) {
    for request in row.before {
        prepare(admin, &[&request.replace("{n}", row.route)]).await;
    }
    let request = row
        .request
        .replace("{n}", &row.route.replace('/', "%2F").replace(' ', "%20"));
    let request = completed(request, admin).await;
    let (line, form) = split(&request);
    let before = everything(admin).await;

    let mut asked = Vec::new();
    for caller in callers {
        if !row.callers.contains(caller.letter) {
            asked.push((
                caller.letter.to_string(),
                ask(&caller.client, line, form).await,
            ));
        }
    }
    for client in scoped {
        // Its own licensee's rows are asked about another one.
        let (line, form) = match row.is_for_own_licensee {
            true => (
                &*line.replace("/I/", "/J/"),
                &*form.replace("licenseeNumber=I", "licenseeNumber=J"),
            ),
            false => (line, form),
        };
        asked.push((
            "for another licensee".to_owned(),
            ask(client, line, form).await,
        ));
    }
    for (who, reply) in asked {
        let is_right = reply.status == 403 && first_id(&reply) == "AccessDeniedException";
        checks.check(is_right, || {
            format!("{request} as {who}: {} {}", reply.status, reply.text())
        });
    }

    let (method, path) = line.split_once(' ').unwrap();
    for is_script in [false, true] {
        let mut stranger = admin.anonymous().request(method, path);
        if is_script {
            stranger = stranger.header("X-Requested-With", "XMLHttpRequest");
        }
        let response = stranger.send().await.unwrap();
        let status = response.status();
        let challenge = response.headers().get("www-authenticate").cloned();
        let text = response.text().await.unwrap();
        let expected = (!is_script).then_some("Basic realm=\"NetLicensing\"");
        let is_right = status == 401
            && challenge.as_ref().map(|value| value.to_str().unwrap()) == expected
            && text.contains("AuthenticationException");
        checks.check(is_right, || {
            format!("{request} by a stranger: {status} {challenge:?}")
        });
    }
    checks.check(everything(admin).await == before, || {
        format!("{request} changed something although it was refused")
    });
}

impl Row {
    /// True for a real success of this row: its status, and items of its type.
    fn succeeded(&self, reply: &Reply) -> bool {
        match self.kind {
            "" => reply.status == 204 && reply.body.is_empty(),
            "text/html" => reply.status == 200 && reply.content_type.starts_with("text/html"),
            kind => {
                let items = || reply.context().items.unwrap_or_default().items;
                reply.status == 200
                    && (self.is_log || !items().is_empty())
                    && items().iter().all(|item| item.kind == kind)
            }
        }
    }
}

/// The request with what it needs of its own at its end.
async fn completed(request: String, admin: &Client) -> String {
    if let Some(path) = request.strip_suffix("{token}") {
        return format!("{path}{}", fresh_token(admin).await);
    }
    match request.strip_suffix("{report}") {
        Some(form) => format!("{form}{}", fresh_report(admin).await),
        None => request,
    }
}

/// What an agent would report that has taken in a package and done nothing, in base64.
async fn fresh_report(admin: &Client) -> String {
    let form = [
        ("licensees", "I"),
        ("withoutCard", "true"),
        ("plaintext", "true"),
        ("shared", "true"),
    ];
    let exported = admin.make("/agent/export", &form).await;
    let package = STANDARD.decode(exported.get("content").unwrap()).unwrap();
    let package = envelope::verify(&package, None).unwrap();
    let package = assets::read(&package.open(Lock::None).unwrap()).unwrap();
    let key = package.report.key.clone().unwrap();
    let header = ReportHeader {
        package: package.package.id.clone(),
        vendor: package.vendor.number.to_string(),
        product: package.product.product.number.to_string(),
        sequence: 1,
        created: "2026-01-01T00:00:00.000Z".to_owned(),
        is_final: false,
    };
    let state = Assets {
        api_keys: Vec::new(),
        report: ReportTerms::default(),
        ..package
    };
    segment(&STANDARD.encode(seal(&header, &assets::write(&state), &key.0).unwrap()))
}

async fn fresh_token(admin: &Client) -> String {
    let token = admin.make("/token", &[("tokenType", "DEFAULT")]).await;
    token.get("number").unwrap().to_owned()
}

fn first_id(reply: &Reply) -> String {
    let mut infos = reply.context().infos.into_iter();
    infos
        .next()
        .map(|info| info.id.to_string())
        .unwrap_or_default()
}
