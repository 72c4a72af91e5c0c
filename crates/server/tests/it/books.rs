//! The books: which change writes which transaction (wire contract, 7.8 and 8).

use std::collections::BTreeSet;

use crate::support::{Key, Server, split};

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter&licenseeAutoCreate=true",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE",
    "POST /licensee productNumber=P1&number=I1",
    "POST /licensee productNumber=P1&number=I2&markedForTransfer=true",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1",
    "POST /license licenseeNumber=I2&licenseTemplateNumber=E1&number=L2",
    "POST /license licenseeNumber=I2&licenseTemplateNumber=E1&number=L3",
    "POST /bundle number=B1&name=Both&licenseTemplateNumbers=E1",
    "POST /transaction number=T1&status=PENDING&source=SHOP",
    "POST /product number=P2&name=Nothing",
];

/// Adds what new licensees get by themselves.
const AUTOMATIC: &str = "POST /licensetemplate productModuleNumber=M1&number=E2&name=Basics&licenseType=FEATURE&automatic=true";
const TRIAL: &str =
    "POST /productmodule productNumber=P1&number=M2&name=Try&licensingModel=TryAndBuy";
const TRIAL_TEMPLATE: &str = "POST /licensetemplate productModuleNumber=M2&number=E3&name=Trial&licenseType=TIMEVOLUME&timeVolume=30&automatic=true";

/// What is done before, the change, and the transaction that it writes: its source, whom it is
/// about, and its licenses, `*` for each of a drawn number. Nothing: it writes none.
#[rustfmt::skip]
const CASES: &[(&[&str], &str, &str)] = &[
    (&[], "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L9", "AUTO_LICENSE_CREATE I1 L9"),
    (&[], "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L9&transactionNumber=T1", ""),
    (&[], "POST /license/L1 name=x", "AUTO_LICENSE_UPDATE I1 L1"),
    (&[], "POST /license/L1 name=x&transactionNumber=T1", ""),
    (&[], "DELETE /license/L1", "AUTO_LICENSE_DELETE I1 L1"),
    (&[], "POST /licensee productNumber=P1&number=I9", "AUTO_LICENSEE_CREATE I9"),
    (&[AUTOMATIC], "POST /licensee productNumber=P1&number=I9", "AUTO_LICENSEE_CREATE I9 *"),
    (&[], "POST /licensee/I1 name=x", ""),
    (&[], "DELETE /licensee/I2?forceCascade=true", "AUTO_LICENSEE_DELETE I2 L2 L3"),
    (&[], "POST /licensee/I9/validate productNumber=P1", "AUTO_LICENSEE_VALIDATE I9"),
    (&[AUTOMATIC], "POST /licensee/I9/validate productNumber=P1", "AUTO_LICENSEE_VALIDATE I9 *"),
    (&[AUTOMATIC], "POST /licensee/I9/validate productNumber=P1&dryRun=true", ""),
    (&[], "POST /licensee/I1/validate", ""),
    (&[TRIAL, TRIAL_TEMPLATE], "POST /licensee/I1/validate", "AUTO_LICENSEE_VALIDATE I1 *"),
    (&[TRIAL, TRIAL_TEMPLATE], "POST /licensee/I1/validate dryRun=true", ""),
    (&[TRIAL, TRIAL_TEMPLATE, "POST /licensee/I1/validate"], "POST /licensee/I1/validate", ""),
    (&[], "DELETE /licensetemplate/E1?forceCascade=true", "AUTO_LICENSETEMPLATE_DELETE L1 L2 L3"),
    (&[], "DELETE /productmodule/M1?forceCascade=true", "AUTO_PRODUCTMODULE_DELETE L1 L2 L3"),
    (&[], "DELETE /product/P1?forceCascade=true", "AUTO_PRODUCT_DELETE L1 L2 L3"),
    (&[], "DELETE /product/P2", "AUTO_PRODUCT_DELETE"),
    (&[], "POST /licensee/I1/transfer sourceLicenseeNumber=I2", "AUTO_LICENSES_TRANSFER I1 L2 L3"),
    (&["POST /licensee/I1/transfer sourceLicenseeNumber=I2"], "POST /licensee/I1/transfer sourceLicenseeNumber=I2", ""),
    (&[], "POST /bundle/B1/obtain licenseeNumber=I1", "OBTAIN_BUNDLE I1 *"),
    (&[], "POST /bundle/B1/obtain licenseeNumber=I1&transactionNumber=T1", ""),
    (&[], "POST /transaction number=T2&status=CLOSED&source=SHOP&licenseeNumber=I2", "SHOP I2"),
    (&[], "POST /product/P1 name=x", ""),
    (&[], "POST /productmodule/M1 name=x", ""),
    (&[], "POST /licensetemplate/E1 name=x", ""),
    (&[], "POST /bundle/B1 name=x", ""),
    (&[], "POST /token tokenType=SHOP&licenseeNumber=I1", ""),
    (&[], "POST /paymentmethod/PAYPAL active=true", ""),
];

/// Every transaction, by its number: as the cases tell it.
async fn books(server: &Server, key: &Key) -> Vec<(String, String)> {
    let answer = server.expect(key, 200, "GET /transaction", "").await;
    let mut told = Vec::new();
    for item in answer.items() {
        let get = |name| item.get(name).unwrap_or_default();
        if get("status") != "PENDING" {
            assert_eq!(get("status"), "CLOSED");
            assert_eq!(get("dateclosed"), "2026-11-22T10:00:00.000Z");
        }
        assert_eq!(get("active"), "true");
        assert_eq!(get("datecreated"), "2026-11-22T10:00:00.000Z");
        let mut line = get("source").to_owned();
        if !get("licenseeNumber").is_empty() {
            line.push_str(&format!(" {}", get("licenseeNumber")));
        }
        let joined = item.lists.iter().map(|list| {
            let get = |name| {
                let mut properties = list.properties.iter();
                properties
                    .find(|one| one.name == name)
                    .map(|one| one.value.as_str())
            };
            assert_eq!(list.name, "licenseTransactionJoin");
            assert_eq!(get("transactionNumber"), item.get("number"));
            get("licenseNumber").unwrap().to_owned()
        });
        let joined: BTreeSet<String> = joined.collect();
        assert_eq!(joined.is_empty(), get("inUse") == "false");
        for license in joined {
            let is_drawn = license.len() == 9;
            line.push_str(if is_drawn { " *" } else { " " });
            line.push_str(if is_drawn { "" } else { &license });
        }
        told.push((get("number").to_owned(), line));
    }
    told
}

#[tokio::test]
async fn each_change_is_entered_in_the_books() {
    for (before, change, expected) in CASES {
        let server = Server::start().await;
        let key = server.admin("V1").await;
        server.prepare(&key, WORLD).await;
        server.prepare(&key, before).await;
        let known = books(&server, &key).await;
        server.prepare(&key, &[change]).await;
        let after = books(&server, &key).await;
        let fresh = after.iter().filter(|(number, _)| {
            let mut known = known.iter();
            !known.any(|(known, _)| known == number)
        });
        let fresh: Vec<_> = fresh.map(|(_, line)| line.as_str()).collect();
        let expected: Vec<_> = Some(*expected)
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(fresh, expected, "{before:?} {change}");
        server.verify().await;
    }
}

/// Licenses that are gone stay named in the books, those that move or are renamed are followed.
#[tokio::test]
async fn the_books_outlive_what_they_tell_of() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let told = |source: &'static str| {
        let (server, key) = (&server, &key);
        async move {
            let all = books(server, key).await;
            let lines = all.into_iter().map(|(_, line)| line);
            lines
                .filter(|line| line.starts_with(source))
                .collect::<Vec<_>>()
        }
    };
    let made = [
        "AUTO_LICENSE_CREATE I1 L1",
        "AUTO_LICENSE_CREATE I2 L2",
        "AUTO_LICENSE_CREATE I2 L3",
    ];
    assert_eq!(told("AUTO_LICENSE_CREATE").await, made);
    server
        .prepare(&key, &["DELETE /product/P1?forceCascade=true"])
        .await;
    assert_eq!(told("AUTO_LICENSE_CREATE").await, made);
}

/// A license of a pending transaction waits for it.
#[tokio::test]
async fn a_license_waits_for_its_transaction() {
    for (status, active) in [("CLOSED", "true"), ("CANCELLED", "false")] {
        let server = Server::start().await;
        let key = server.admin("V1").await;
        server.prepare(&key, WORLD).await;
        let requests = [
            "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L8&transactionNumber=T1",
            "POST /license/L8 number=L9",
            "POST /bundle/B1/obtain licenseeNumber=I1&transactionNumber=T1",
        ];
        server.prepare(&key, &requests).await;
        let states = || async {
            let line = "GET /license?filter=licenseeNumber%3DI1";
            let answer = server.expect(&key, 200, line, "").await;
            let items = answer.items();
            let states = items
                .iter()
                .map(|item| item.get("active").unwrap().to_owned());
            states.collect::<Vec<_>>()
        };
        assert_eq!(states().await, ["true", "false", "false"]);
        let line = "POST /transaction/T1";
        server
            .expect(&key, 200, line, &format!("status={status}"))
            .await;
        assert_eq!(states().await, ["true", active, active], "{status}");
        // Neither the transaction nor the number of its license changes any more.
        for (line, form) in [
            ("POST /transaction/T1", "status=PENDING"),
            ("POST /transaction/T1", "status=CLOSED&number=T2"),
            ("POST /transaction/T1", "grandTotal=1&currency=EUR"),
            ("POST /transaction/T1", "licenseeNumber=I2"),
            ("POST /transaction/T1", "datecreated=2026-01-01"),
            ("POST /license/L9", "number=L8"),
            ("POST /license/L9", "transactionNumber=T1"),
            (
                "POST /bundle/B1/obtain",
                "licenseeNumber=I1&transactionNumber=T1",
            ),
        ] {
            server.expect(&key, 400, line, form).await;
        }
    }
}

#[tokio::test]
async fn purchases_are_asked_for_by_shop_only() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let all = books(&server, &key).await.len();
    for (filter, count) in [
        ("shopOnly%3Dtrue", 1),
        ("shopOnly%3DTrue%3Bstatus%3DPENDING", 1),
        ("shopOnly%3Dtrue%3Bstatus%3DCLOSED", 0),
        ("shopOnly%3Dfalse", all),
    ] {
        let line = format!("GET /transaction?filter={filter}");
        let answer = server.expect(&key, 200, &line, "").await;
        assert_eq!(answer.numbers().len(), count, "{filter}");
        assert_eq!(answer.context().infos, [], "{filter}");
    }
    // What is no Boolean, or asks another list, is warned of.
    for line in [
        "GET /transaction?filter=shopOnly%3D1",
        "GET /license?filter=shopOnly%3Dtrue",
    ] {
        let answer = server.expect(&key, 200, line, "").await;
        assert_eq!(answer.context().infos[0].id, "filterIgnored", "{line}");
    }
}

/// What was bought keeps its number, also when it joins another purchase afterwards.
#[tokio::test]
async fn a_settled_license_keeps_its_number_in_another_transaction() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    server
        .prepare(&key, &["POST /license/L1 name=More&transactionNumber=T1"])
        .await;
    server
        .expect(&key, 400, "POST /license/L1", "number=L9")
        .await;
    let (line, form) = split("POST /license/L1 number=L1&name=Most");
    server.expect(&key, 200, line, form).await;
}

/// Rented time may stand before its feature in a bundle; what was obtained is told in the order of
/// the bundle all the same.
#[tokio::test]
async fn a_bundle_is_obtained_in_its_order_whatever_rests_on_what() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    let requests = [
        "POST /product number=P1&name=Painter",
        "POST /productmodule productNumber=P1&number=M1&name=Parts&licensingModel=Rental",
        "POST /licensetemplate productModuleNumber=M1&number=E1&name=Part&licenseType=FEATURE",
        "POST /licensetemplate productModuleNumber=M1&number=E2&name=Month&licenseType=TIMEVOLUME&timeVolume=1",
        "POST /licensee productNumber=P1&number=I1",
        "POST /bundle number=B1&name=All&licenseTemplateNumbers=E2,E1",
    ];
    server.prepare(&key, &requests).await;
    let line = "POST /bundle/B1/obtain";
    let answer = server.expect(&key, 200, line, "licenseeNumber=I1").await;
    let [time, feature] = &answer.items()[..] else {
        panic!("{}", answer.body);
    };
    assert_eq!(time.get("licenseTemplateNumber"), Some("E2"));
    assert_eq!(feature.get("licenseTemplateNumber"), Some("E1"));
    assert_eq!(time.get("parentfeature"), feature.get("number"));
    server.verify().await;
}
