//! What holds for every request and reply (wire contract, sections 1 and 6): paths, forms,
//! negotiation, headers, and what browsers ask.

use http_body_util::BodyExt;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Request, Response};
use leasehold_server::Settings;
use leasehold_service::rest::cors::Cors;
use leasehold_wire::media::Media;

use crate::support::{Key, Server};

type Reply = Response<http_body_util::Full<bytes::Bytes>>;

async fn world() -> (Server, Key) {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    let requests = [
        "POST /product number=P1&name=Painter",
        "POST /product number=a%2Fb+c&name=Odd",
        "POST /product number=%C3%A4%25&name=Odder",
        "POST /productmodule productNumber=P1&number=M1&name=Plans&licensingModel=PricingTable",
        "POST /licensee productNumber=P1&number=I1",
    ];
    server.prepare(&key, &requests).await;
    (server, key)
}

async fn length(reply: Reply) -> usize {
    reply.into_body().collect().await.unwrap().to_bytes().len()
}

#[tokio::test]
async fn every_reply_has_its_length_and_what_keeps_browsers_from_harm() {
    let (server, key) = world().await;
    for (line, form, status) in [
        ("GET /product", "", 200),
        ("GET /product/P1", "", 200),
        ("POST /product", "name=x", 200),
        ("POST /product", "", 400),
        ("GET /product/P9", "", 404),
        ("PUT /product/P1", "", 405),
        ("POST /licensee/I1/validate", "", 200),
        ("GET /utility/countries", "", 200),
        (
            "GET /licensingmodel/PricingTable/render?productModuleNumber=M1",
            "",
            200,
        ),
        ("DELETE /licensee/I1", "", 204),
        ("OPTIONS /product", "", 204),
    ] {
        let reply = server.send(key.request(line), form).await;
        assert_eq!(reply.status(), status, "{line}");
        let headers = reply.headers().clone();
        let get = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(get("cache-control"), Some("no-store"), "{line}");
        assert_eq!(get("x-content-type-options"), Some("nosniff"), "{line}");
        assert_eq!(get("referrer-policy"), Some("no-referrer"), "{line}");
        let policy = "default-src 'none'; frame-ancestors 'none'";
        assert_eq!(get("content-security-policy"), Some(policy), "{line}");
        assert!(
            (1..=32).contains(&get("x-request-id").unwrap().len()),
            "{line}"
        );
        assert_eq!(get("transfer-encoding"), None, "{line}");
        let length = length(reply).await;
        if status == 204 {
            assert_eq!(
                (length, get("content-type"), get("content-length")),
                (0, None, None),
                "{line}"
            );
        } else {
            assert_eq!(get("content-length"), Some(&*length.to_string()), "{line}");
            assert!(
                get("content-type").unwrap().ends_with(";charset=UTF-8"),
                "{line}"
            );
        }
    }
}

#[tokio::test]
async fn a_path_is_read_once_and_forgivingly() {
    let (server, key) = world().await;
    for (path, status, number) in [
        ("/product/P1", 200, "P1"),
        ("//product///P1", 200, "P1"),
        ("/product/P1/", 200, "P1"),
        ("/product//P1//?vendorNumber=V1", 200, "P1"),
        ("/product/%50%31", 200, "P1"),
        ("/product/a%2Fb%20c", 200, "a/b c"),
        ("/product/a%2fb%20c", 200, "a/b c"),
        ("/product/%C3%A4%25", 200, "\u{e4}%"),
        // A plus is a plus here, and nothing is decoded twice.
        ("/product/a%2Fb+c", 404, ""),
        ("/product/a%252Fb%20c", 404, ""),
        ("/product/a/b%20c", 404, ""),
        ("/product/p1", 404, ""),
        ("/PRODUCT/P1", 404, ""),
        ("/product/.", 400, ""),
        ("/product/..", 400, ""),
        ("/product/%2E%2e", 400, ""),
        ("/product/../product/P1", 400, ""),
        ("/product/P1%00", 400, ""),
        ("/product/P1%0d%0a", 400, ""),
        ("/product/%", 400, ""),
        ("/product/%ff", 400, ""),
    ] {
        let answer = server
            .ask(&key, Media::Json, &format!("GET {path}"), "")
            .await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        if status == 200 {
            assert_eq!(answer.numbers(), [number], "{path}");
        }
    }
}

#[tokio::test]
async fn query_and_body_are_one_form_and_the_body_wins() {
    let (server, key) = world().await;
    let line = "POST /product/P1?name=Query&colour=red&place=here";
    let answer = server
        .expect(&key, 200, line, "name=Body&colour=blue+green")
        .await;
    let item = answer.items().remove(0);
    assert_eq!(item.get("name"), Some("Body"));
    assert_eq!(item.get("colour"), Some("blue green"));
    assert_eq!(item.get("place"), Some("here"));
    // Once decoded and no more: this is what one client stores.
    let answer = server
        .expect(&key, 200, "POST /product/P1", "colour=a%2520b")
        .await;
    assert_eq!(answer.items()[0].get("colour"), Some("a%20b"));
    for form in [
        "discount=100;EUR;1.50&discount=200;EUR;5%25",
        "discount%5B%5D=100;EUR;1.50&discount%5B%5D=200;EUR;5%25",
        "discount%5B0%5D=100;EUR;1.50&discount%5B1%5D=200;EUR;5.0%25",
    ] {
        server
            .expect(&key, 200, "POST /product/P1", "discount=")
            .await;
        let answer = server.expect(&key, 200, "POST /product/P1", form).await;
        let item = answer.items().remove(0);
        let told: Vec<String> = item
            .lists
            .iter()
            .map(|list| {
                assert_eq!(list.name, "discount");
                let values = list
                    .properties
                    .iter()
                    .map(|one| format!("{}={}", one.name, one.value));
                values.collect::<Vec<_>>().join(" ")
            })
            .collect();
        let expected = [
            "totalPrice=100.00 currency=EUR amountFix=1.50",
            "totalPrice=200.00 currency=EUR amountPercent=5",
        ];
        assert_eq!(told, expected, "{form}");
    }
}

#[tokio::test]
async fn the_form_of_a_reply_is_negotiated() {
    let (server, key) = world().await;
    let (xml, json) = (
        "application/xml;charset=UTF-8",
        "application/json;charset=UTF-8",
    );
    for (accept, expected) in [
        (None, xml),
        (Some("*/*"), xml),
        (Some("application/xml"), xml),
        (Some("text/xml"), xml),
        (Some("application/*"), xml),
        (Some("application/json"), json),
        (Some("application/json, */*;q=0.8"), json),
        (Some("application/xml;q=0.5, application/json"), json),
        (Some("application/json, application/xml"), json),
        (Some("application/xml, application/json"), xml),
        (Some("text/html,application/xhtml+xml,*/*;q=0.8"), xml),
    ] {
        for (line, status) in [("GET /product", 200), ("GET /product/P9", 404)] {
            let mut request = key.request(line);
            if let Some(accept) = accept {
                request = request.header("Accept", accept);
            }
            let reply = server.send(request, "").await;
            assert_eq!(reply.status(), status, "{accept:?}");
            assert_eq!(reply.headers()["content-type"], expected, "{accept:?}");
        }
    }
    let request = key.request("GET /product").header("Accept", "text/html");
    let reply = server.send(request, "").await;
    assert_eq!(reply.status(), 406);
    assert_eq!(reply.headers()["content-type"], xml);
}

async fn with_cors(origins: &[&str]) -> Server {
    let origins = origins.iter().map(ToString::to_string).collect();
    Server::start_with(Settings {
        cors: Cors::new(origins).unwrap(),
        ..Settings::default()
    })
    .await
}

fn allowed(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let told = headers.iter().filter(|(name, _)| {
        name.as_str().starts_with("access-control-allow") || name.as_str() == "vary"
    });
    let mut told: Vec<_> = told
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    told.sort_unstable();
    told
}

#[tokio::test]
async fn browsers_are_let_in_from_where_the_vendor_says() {
    const SHOP: &str = "https://shop.example";
    const HEADERS: &str = "Authorization, Accept, Content-Type, X-Requested-With, NetLicensing-Origin, Idempotency-Key";
    let server = with_cors(&[SHOP]).await;
    let key = server.admin("V1").await;
    let preflight = |origin: &'static str| {
        Request::builder()
            .method("OPTIONS")
            .uri("/core/v2/rest/licensee/I1/validate")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header(
                "Access-Control-Request-Headers",
                "authorization, netlicensing-origin",
            )
    };
    // A browser shows no credentials in it.
    let reply = server.send(preflight(SHOP), "").await;
    assert_eq!(reply.status(), 204);
    let expected = [
        ("access-control-allow-headers", HEADERS),
        ("access-control-allow-methods", "GET, POST, DELETE, OPTIONS"),
        ("access-control-allow-origin", SHOP),
        ("vary", "Origin"),
    ];
    assert_eq!(allowed(reply.headers()), expected);
    let other = server.send(preflight("https://other.example"), "").await;
    assert_eq!(allowed(other.headers()), [("vary", "Origin")]);

    // Refusals are for scripts to read as well.
    for (line, status) in [
        ("GET /product", 200),
        ("GET /product/P9", 404),
        ("PUT /product", 405),
    ] {
        let reply = server
            .send(key.request(line).header("Origin", SHOP), "")
            .await;
        assert_eq!(reply.status(), status);
        let expected = [("access-control-allow-origin", SHOP), ("vary", "Origin")];
        assert_eq!(allowed(reply.headers()), expected, "{line}");
    }
    let stranger = Request::builder()
        .uri("/core/v2/rest/product")
        .header("Origin", SHOP)
        .header("X-Requested-With", "XMLHttpRequest");
    let reply = server.send(stranger, "").await;
    assert_eq!(reply.status(), 401);
    assert_eq!(reply.headers().get("www-authenticate"), None);
    assert_eq!(reply.headers()["access-control-allow-origin"], SHOP);

    let open = with_cors(&["*"]).await;
    let reply = open.send(preflight("https://any.example"), "").await;
    assert_eq!(reply.headers()["access-control-allow-origin"], "*");
    let closed = Server::start().await;
    let reply = closed.send(preflight(SHOP), "").await;
    assert_eq!(reply.status(), 204);
    assert_eq!(allowed(reply.headers()), []);
    let allow = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");
    assert_eq!(reply.headers()["allow"], allow);
}
