//! What holds for every error, whoever reads it.

use leasehold_model::role::ApiKeyRole;

use super::wire::Answer;
use super::{Shop, credentials};

/// Libraries read the body of an error only when its length is told, and fail on one that is not of
/// the type they asked for, whoever in the server makes it.
#[tokio::test(flavor = "multi_thread")]
async fn every_error_has_a_length_and_the_type_asked_for() {
    let shop = Shop::open().await;
    let weak = shop.server.add_key("vendor", ApiKeyRole::Licensee).await;
    for (accept, content_type) in [
        ("Accept: application/xml", "application/xml;charset=UTF-8"),
        ("Accept: application/json", "application/json;charset=UTF-8"),
    ] {
        let library = shop.library(&[accept]);
        let stranger = shop.stranger(&[accept]);
        let licensee = shop.stranger(&[accept, &credentials(&weak)]);
        let wrong = shop.stranger(&[accept, &credentials("wrong")]);
        let json = library.request("POST", "/product", Some("{}"));
        let json = json.replace("x-www-form-urlencoded", "json");
        let large = shop.library(&[accept, "Expect: 100-continue", "Content-Length: 2000000"]);
        let large = large.request("POST", "/product", None);
        let large = large.replacen(
            "\r\n",
            "\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            1,
        );

        let answers = [
            (400, "Malformed", library.post("/product", "").await),
            (400, "IllegalOperation", library.delete("/product/P").await),
            (400, "Malformed", library.get("/product/%00").await),
            (400, "Malformed", library.get("/product/..").await),
            (401, "Authentication", stranger.get("/product").await),
            (401, "Authentication", wrong.get("/product").await),
            (401, "Authentication", stranger.get("/nonsense").await),
            (403, "AccessDenied", licensee.get("/product").await),
            (404, "NotFound", library.get("/product/none").await),
            (404, "NotFound", library.get("/nonsense").await),
            (
                405,
                "MethodNotAllowed",
                library.post("/utility/countries", "").await,
            ),
            (413, "PayloadTooLarge", library.ask(&large).await),
            (415, "UnsupportedMediaType", library.ask(&json).await),
        ];
        for (status, id, answer) in answers {
            assert_error(&answer, status, id, content_type);
        }
    }
    let html = shop.library(&["Accept: text/html"]);
    let answer = html.get("/product").await;
    assert_error(
        &answer,
        406,
        "NotAcceptable",
        "application/xml;charset=UTF-8",
    );
    shop.close().await;
}

fn assert_error(answer: &Answer, status: u16, id: &str, content_type: &str) {
    let asked = format!("{status} {id}: {}", answer.text());
    // That there is a length is asserted by whoever reads the reply.
    assert!(!answer.body.is_empty(), "{asked}");
    assert_eq!(answer.header("content-type"), Some(content_type), "{asked}");
    let (found, found_id) = answer.refusal();
    assert_eq!(found, status, "{asked}");
    assert!(found_id.starts_with(id), "{asked}");
    assert!(answer.header("x-request-id").is_some(), "{asked}");
}
