//! Laws that hold for whatever is asked, in whatever order: no request fails on our side, one
//! that is refused changes nothing, and the store never contradicts itself.

use leasehold_wire::media::Media;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::support::Server;

/// Few names and values, so that requests meet each other.
const PATHS: [&str; 6] = [
    "product",
    "productmodule",
    "licensetemplate",
    "licensee",
    "license",
    "token",
];

const NUMBERS: [&str; 4] = ["A", "B", "C", "acme"];

const PARAMETERS: &[(&str, &[&str])] = &[
    ("number", &["A", "B", "C", "", "+bad"]),
    ("name", &["Name", ""]),
    ("active", &["true", "false", "maybe"]),
    ("productNumber", &NUMBERS),
    ("productModuleNumber", &NUMBERS),
    ("licenseeNumber", &NUMBERS),
    ("licenseTemplateNumber", &NUMBERS),
    ("sourceLicenseeNumber", &NUMBERS),
    (
        "licensingModel",
        &[
            "TryAndBuy",
            "Subscription",
            "Rental",
            "Floating",
            "MultiFeature",
            "PayPerUse",
            "Quota",
            "NodeLocked",
        ],
    ),
    (
        "licenseType",
        &["FEATURE", "TIMEVOLUME", "FLOATING", "QUANTITY"],
    ),
    ("automatic", &["true", "false"]),
    ("price", &["0", "1.5", "", "x"]),
    ("currency", &["EUR", "USD", "", "GBP"]),
    ("timeVolume", &["1", "30", "0", ""]),
    ("timeVolumePeriod", &["DAY", "MONTH", ""]),
    ("maxSessions", &["0", "1", "-1"]),
    ("quantity", &["3", "-1", ""]),
    ("quota", &["2", "-1", ""]),
    ("gracePeriod", &["True", ""]),
    ("maxCheckoutValidity", &["60", "0"]),
    ("licenseeAutoCreate", &["true", "false"]),
    (
        "licenseeSecretMode",
        &["PREDEFINED", "CLIENT", "DISABLED", ""],
    ),
    ("nodeSecretMode", &["PREDEFINED", "CLIENT"]),
    ("markedForTransfer", &["true", ""]),
    ("aliases", &["acme", "%5B%22B%22%5D", "", "%5B"]),
    ("parentfeature", &NUMBERS),
    ("startDate", &["now", "2026-11-22", "", "soon"]),
    ("usedQuantity", &["1", "-1", ""]),
    ("sessionId_s", &["2026-11-22T12:00:00Z", "", "soon"]),
    ("nodeSecret0", &["secret", ""]),
    ("tokenType", &["APIKEY", "SHOP"]),
    ("apiKeyRole", &["ROLE_APIKEY_LICENSEE", "NONE"]),
    ("discount", &["1;EUR;5%25", "", "1"]),
    ("custom", &["value", ""]),
    ("Name", &["misspelt"]),
];

/// A request: method and path, and a form.
fn request() -> impl Strategy<Value = (String, String)> {
    let parameters = prop::collection::vec(
        prop::sample::select(PARAMETERS)
            .prop_flat_map(|(name, values)| (Just(name), prop::sample::select(values))),
        0..6,
    );
    let line = (
        prop::sample::select(&PATHS[..]),
        prop::sample::select(&NUMBERS[..]),
        0..10_u8,
    );
    (line, parameters).prop_map(|((path, number, kind), parameters)| {
        let line = match kind {
            0..=3 => format!("POST /{path}"),
            4 | 5 => format!("POST /{path}/{number}"),
            6 => format!("DELETE /{path}/{number}"),
            7 => format!("DELETE /{path}/{number}?forceCascade=true"),
            8 => format!("POST /licensee/{number}/validate"),
            _ => format!("POST /licensee/{number}/transfer"),
        };
        // What each kind cannot be made without, so that most requests come to something; what
        // was drawn stands behind it and wins.
        let needed = match (kind, path) {
            (0..=3, "product") => "name=n",
            (0..=3, "productmodule") => "name=n&productNumber=A&licensingModel=Quota",
            (0..=3, "licensetemplate") => {
                "name=n&productModuleNumber=A&licenseType=QUANTITY&quantity=1"
            }
            (0..=3, "licensee") => "productNumber=A",
            (0..=3, "license") => "licenseeNumber=A&licenseTemplateNumber=A",
            (0..=3, _) => "tokenType=APIKEY",
            _ => "",
        };
        let drawn = parameters
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let all: Vec<String> = std::iter::once(needed.to_owned()).chain(drawn).collect();
        (line, all.join("&"))
    })
}

const WORLD: &[&str] = &[
    "POST /product number=A&name=n",
    "POST /productmodule productNumber=A&number=A&name=n&licensingModel=Quota",
    "POST /licensetemplate productModuleNumber=A&number=A&name=n&licenseType=QUANTITY&quantity=1",
    "POST /licensee productNumber=A&number=A&aliases=acme&markedForTransfer=true",
    "POST /productmodule productNumber=A&number=B&name=n&licensingModel=Rental",
    "POST /licensetemplate productModuleNumber=B&number=B&name=n&licenseType=FEATURE",
    "POST /licensetemplate productModuleNumber=B&number=C&name=n&licenseType=TIMEVOLUME&timeVolume=1",
    "POST /licensee productNumber=A&number=B",
    "POST /license licenseeNumber=A&licenseTemplateNumber=B&number=A",
];

async fn check(requests: Vec<(String, String)>) {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let mut before = server.everything(&key).await;
    for (line, form) in requests {
        let answer = server.ask(&key, Media::Xml, &line, &form).await;
        assert!(answer.status < 500, "{line} {form}: {}", answer.body);
        let after = server.everything(&key).await;
        if answer.status >= 400 {
            assert_eq!(after, before, "{line} {form} was refused: {}", answer.body);
        }
        before = after;
    }
    server.verify().await;
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 16,
        max_shrink_iters: 200,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_is_asked(requests in prop::collection::vec(request(), 1..40)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(check(requests));
    }
}
