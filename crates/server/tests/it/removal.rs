//! Deleting with `forceCascade`: what depends on a thing goes with it, and nothing else does.

use crate::support::{Key, Server};

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Parts&licensingModel=Rental",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Part&licenseType=FEATURE",
    "POST /licensetemplate productModuleNumber=M1&number=E2&name=Month&licenseType=TIMEVOLUME&timeVolume=1",
    "POST /productmodule productNumber=P1&number=M2&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M2&number=E3&name=Layers&licenseType=FEATURE",
    "POST /product number=P2&name=Brush",
    "POST /licensee productNumber=P1&number=I1",
    "POST /licensee productNumber=P1&number=I2",
    "POST /licensee productNumber=P2&number=I3",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E2&number=L2&parentfeature=L1",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E2&number=L3&gracePeriod=true",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E3&number=L4",
    "POST /license licenseeNumber=I2&licenseTemplateNumber=E1&number=L5",
    "POST /license licenseeNumber=I2&licenseTemplateNumber=E3&number=L6",
];

const LISTS: [&str; 5] = [
    "product",
    "productmodule",
    "licensetemplate",
    "licensee",
    "license",
];

/// All numbers there are, in one text.
async fn left(server: &Server, key: &Key) -> String {
    let mut all = Vec::new();
    for list in LISTS {
        let line = format!("GET /{list}");
        all.extend(server.expect(key, 200, &line, "").await.numbers());
    }
    all.join(" ")
}

#[tokio::test]
async fn what_depends_on_a_thing_goes_with_it() {
    let all = "P1 P2 M1 M2 E1 E2 E3 I1 I2 I3 L1 L2 L3 L4 L5 L6";
    for (deleted, gone) in [
        ("license/L1", "L1 L2"),
        ("license/L4", "L4"),
        ("licensetemplate/E1", "E1 L1 L2 L5"),
        ("licensetemplate/E2", "E2 L2 L3"),
        ("productmodule/M1", "M1 E1 E2 L1 L2 L3 L5"),
        ("productmodule/M2", "M2 E3 L4 L6"),
        ("licensee/I1", "I1 L1 L2 L3 L4"),
        ("product/P1", "P1 M1 M2 E1 E2 E3 I1 I2 L1 L2 L3 L4 L5 L6"),
        ("product/P2", "P2 I3"),
    ] {
        let server = Server::start().await;
        let key = server.admin("V1").await;
        server.prepare(&key, WORLD).await;
        assert_eq!(left(&server, &key).await, all);
        let line = format!("DELETE /{deleted}?forceCascade=true");
        server.expect(&key, 204, &line, "").await;
        let gone: Vec<&str> = gone.split(' ').collect();
        let expected: Vec<&str> = all.split(' ').filter(|one| !gone.contains(one)).collect();
        assert_eq!(left(&server, &key).await, expected.join(" "), "{deleted}");
        server.expect(&key, 404, &line, "").await;
        server.verify().await;
    }
}
