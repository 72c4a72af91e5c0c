//! Requests that must be refused: with the status and the info of the wire contract's table
//! (section 10), in the form that was asked for, and with nothing changed.

use std::sync::Arc;

use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::ManualClock;
use leasehold_testkit::http::{Client, Reply};
use leasehold_testkit::within::Server;
use leasehold_wire::info::InfoKind;
use leasehold_wire::media::Media;
use tempfile::TempDir;

use crate::shop::{everything, sell};

const MALFORMED: &str = "MalformedRequestException";
const ILLEGAL: &str = "IllegalOperationException";
const NOT_FOUND: &str = "NotFoundException";

/// What is asked, and how it must be refused.
struct Row {
    ask: Ask,
    path: &'static str,
    form: &'static [(&'static str, &'static str)],
    status: u16,
    id: &'static str,
}

enum Ask {
    Get,
    Post,
    Delete,
}

const fn get(path: &'static str) -> Row {
    Row {
        ask: Ask::Get,
        path,
        form: &[],
        status: 404,
        id: NOT_FOUND,
    }
}

const fn delete(path: &'static str, status: u16, id: &'static str) -> Row {
    Row {
        ask: Ask::Delete,
        path,
        form: &[],
        status,
        id,
    }
}

/// A POST that is refused with 400.
const fn post(
    path: &'static str,
    form: &'static [(&'static str, &'static str)],
    id: &'static str,
) -> Row {
    Row {
        ask: Ask::Post,
        path,
        form,
        status: 400,
        id,
    }
}

/// A POST on what is not there.
const fn post_to_nothing(path: &'static str) -> Row {
    Row {
        ask: Ask::Post,
        path,
        form: &[("name", "X")],
        status: 404,
        id: NOT_FOUND,
    }
}

const ROWS: &[Row] = &[
    // Unknown entities in the path.
    get("/product/none"),
    get("/productmodule/none"),
    get("/licensetemplate/none"),
    get("/licensee/none"),
    get("/license/none"),
    get("/token/none"),
    get("/nonsense"),
    get("/product/P/nonsense"),
    post_to_nothing("/product/none"),
    post_to_nothing("/productmodule/none"),
    post_to_nothing("/licensetemplate/none"),
    post_to_nothing("/licensee/none"),
    post_to_nothing("/license/none"),
    post_to_nothing("/licensee/none/validate"),
    delete("/product/none", 404, NOT_FOUND),
    delete("/licensee/none", 404, NOT_FOUND),
    // Unknown entities in a parameter.
    post(
        "/productmodule",
        &[
            ("productNumber", "none"),
            ("name", "X"),
            ("licensingModel", "Quota"),
        ],
        NOT_FOUND,
    ),
    post("/licensee", &[("productNumber", "none")], NOT_FOUND),
    post(
        "/license",
        &[("licenseeNumber", "none"), ("licenseTemplateNumber", "E")],
        NOT_FOUND,
    ),
    post(
        "/license",
        &[("licenseeNumber", "I"), ("licenseTemplateNumber", "none")],
        NOT_FOUND,
    ),
    // Duplicate numbers.
    post("/product", &[("number", "P"), ("name", "X")], ILLEGAL),
    post(
        "/licensee",
        &[("productNumber", "P"), ("number", "I")],
        ILLEGAL,
    ),
    post(
        "/licensee",
        &[("productNumber", "P"), ("number", "alias")],
        ILLEGAL,
    ),
    post(
        "/license",
        &[
            ("licenseeNumber", "I"),
            ("licenseTemplateNumber", "E"),
            ("number", "L"),
        ],
        ILLEGAL,
    ),
    // Missing parameters.
    post("/product", &[], MALFORMED),
    post("/product", &[("name", "")], MALFORMED),
    post(
        "/productmodule",
        &[("name", "X"), ("licensingModel", "Quota")],
        MALFORMED,
    ),
    post(
        "/productmodule",
        &[("productNumber", "P"), ("licensingModel", "Quota")],
        MALFORMED,
    ),
    post(
        "/productmodule",
        &[("productNumber", "P"), ("name", "X")],
        MALFORMED,
    ),
    post(
        "/licensetemplate",
        &[("name", "X"), ("licenseType", "FEATURE")],
        MALFORMED,
    ),
    post(
        "/licensetemplate",
        &[("productModuleNumber", "M"), ("name", "X")],
        MALFORMED,
    ),
    post("/licensee", &[], MALFORMED),
    post("/license", &[("licenseeNumber", "I")], MALFORMED),
    post("/license", &[("licenseTemplateNumber", "E")], MALFORMED),
    // Wrong enums, numbers, dates and Booleans.
    post(
        "/productmodule",
        &[
            ("productNumber", "P"),
            ("name", "X"),
            ("licensingModel", "quota"),
        ],
        MALFORMED,
    ),
    post(
        "/licensetemplate",
        &[
            ("productModuleNumber", "M"),
            ("name", "X"),
            ("licenseType", "Feature"),
        ],
        MALFORMED,
    ),
    post("/product/P", &[("active", "1")], MALFORMED),
    post("/product/P", &[("vatMode", "gross")], MALFORMED),
    post("/product/P", &[("NAME", "X")], MALFORMED),
    post(
        "/licensetemplate/E",
        &[("price", "ten"), ("currency", "EUR")],
        MALFORMED,
    ),
    post(
        "/licensetemplate/E",
        &[("price", "-1"), ("currency", "EUR")],
        MALFORMED,
    ),
    post(
        "/licensetemplate/E",
        &[("price", "1"), ("currency", "XX")],
        MALFORMED,
    ),
    post("/licensetemplate/E", &[("price", "1")], MALFORMED),
    post("/licensetemplate/E", &[("currency", "EUR")], MALFORMED),
    post("/licensetemplate/E", &[("quantity", "many")], MALFORMED),
    post("/license/L", &[("startDate", "yesterday")], MALFORMED),
    post("/license/L", &[("startDate", "2026-02-30")], MALFORMED),
    post("/license/L", &[("usedQuantity", "1.5")], MALFORMED),
    post("/product/P", &[("number", " blank")], MALFORMED),
    // Children on delete, and what may no longer change.
    delete("/product/P", 400, ILLEGAL),
    delete("/productmodule/M", 400, ILLEGAL),
    delete("/licensetemplate/E", 400, ILLEGAL),
    delete("/licensee/I", 400, ILLEGAL),
    post("/product/P", &[("number", "P2")], ILLEGAL),
    post("/licensee/I", &[("number", "I2")], ILLEGAL),
    // A question that contradicts itself.
    post(
        "/licensee/I/validate",
        &[("productNumber", "none")],
        MALFORMED,
    ),
    post(
        "/licensee/I/validate",
        &[("productModuleNumber0", "M"), ("productModuleNumber1", "M")],
        MALFORMED,
    ),
    post("/licensee/I/validate", &[("dryRun", "yes")], MALFORMED),
];

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_refused_and_change_nothing() {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::start(folder.path(), clock).await;
    let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
    let client = Client::new(server.address(), "apiKey", &key);
    sell(&client, "5").await;
    let before = everything(&client).await;

    let mut faults = Vec::new();
    for media in [Media::Xml, Media::Json] {
        let client = client.asking_for(media);
        for row in ROWS {
            let reply = match row.ask {
                Ask::Get => client.get(row.path).await,
                Ask::Post => client.post(row.path, row.form).await,
                Ask::Delete => client.delete(row.path).await,
            };
            faults.extend(row.fault(&reply.unwrap(), media));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(everything(&client).await, before);
    server.stop().await;
}

impl Row {
    fn fault(&self, reply: &Reply, media: Media) -> Option<String> {
        let info = reply.context().infos.into_iter().next();
        let is_right = reply.status == self.status
            && reply.content_type == media.content_type()
            && reply.context().items.is_none()
            && info.is_some_and(|info| info.id == self.id && info.kind == InfoKind::Error);
        (!is_right).then(|| {
            format!(
                "{} {:?} in {media:?} must be {} {}, and is {} {}",
                self.path,
                self.form,
                self.status,
                self.id,
                reply.status,
                reply.text()
            )
        })
    }
}
