//! Requests that must be refused: with the status, the infos and the texts of the wire contract
//! (section 10), in the form that was asked for, and with nothing changed.

use std::sync::Arc;

use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::ManualClock;
use leasehold_testkit::http::{Client, Reply};
use leasehold_testkit::within::Server;
use leasehold_wire::info::InfoKind;
use leasehold_wire::media::Media;
use tempfile::TempDir;

use self::rows::{NOT_OFFERED, ROWS, WORLD};
use crate::shop::{accept, ask_in, everything, prepare, split};

mod rows;

struct Shop {
    server: Server,
    client: Client,
    _folder: TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
        let server = Server::start(folder.path(), clock).await;
        let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
        let client = Client::new(server.address(), "apiKey", &key);
        prepare(&client, WORLD).await;
        Self {
            server,
            client,
            _folder: folder,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_refused_and_change_nothing() {
    let shop = Shop::open().await;
    let before = everything(&shop.client).await;
    let mut faults = Vec::new();
    for (request, status, infos) in ROWS {
        for media in [Media::Xml, Media::Json] {
            let (line, form) = split(request);
            let reply = ask_in(&shop.client, media, line, form).await;
            faults.extend(fault(request, &reply, media, *status, infos));
        }
        if everything(&shop.client).await != before {
            faults.push(format!("{request} changed something"));
            break;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    shop.server.stop().await;
}

fn fault(
    request: &str,
    reply: &Reply,
    media: Media,
    status: u16,
    infos: &[(&str, &str)],
) -> Option<String> {
    if reply.body.is_empty() {
        return Some(format!(
            "{request} must be {status}, and is {}",
            reply.status
        ));
    }
    let context = reply.context();
    let told: Vec<(&str, &str)> = context
        .infos
        .iter()
        .map(|info| (&*info.id, &*info.text))
        .collect();
    let is_right = reply.status == status
        && reply.content_type == media.content_type()
        && context.items.is_none()
        && context.ttl.is_none()
        && context
            .infos
            .iter()
            .all(|info| info.kind == InfoKind::Error)
        && told == infos;
    let text = reply.text();
    (!is_right).then(|| {
        format!(
            "{request} in {media:?} must be {status} {infos:?}, and is {} {text}",
            reply.status
        )
    })
}

/// One request with headers of its own; the reply, and its headers.
async fn send(request: reqwest::RequestBuilder) -> (Reply, reqwest::header::HeaderMap) {
    let response = request.send().await.unwrap();
    let headers = response.headers().clone();
    let content_type = headers.get("content-type");
    let reply = Reply {
        status: response.status().as_u16(),
        content_type: content_type
            .map_or("", |value| value.to_str().unwrap())
            .to_owned(),
        retry_after_s: None,
        body: response.bytes().await.unwrap().to_vec(),
    };
    assert_eq!(
        headers["content-length"],
        reply.body.len().to_string().as_str()
    );
    assert_eq!(headers["x-request-id"].len(), 32);
    (reply, headers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_not_offered_is_told_which_are() {
    let shop = Shop::open().await;
    let before = everything(&shop.client).await;
    let infos = [(
        "MethodNotAllowedException",
        "The method is not offered here",
    )];
    for (request, allow) in NOT_OFFERED {
        let (method, path) = request.split_once(' ').unwrap();
        for media in [Media::Xml, Media::Json] {
            let asked = shop
                .client
                .request(method, path)
                .header("Accept", accept(media));
            let (reply, headers) = send(asked).await;
            assert_eq!(fault(request, &reply, media, 405, &infos), None);
            assert_eq!(headers["allow"], *allow, "{request}");
        }
    }
    assert_eq!(everything(&shop.client).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_request_is_refused_in_the_form_that_was_asked_for() {
    let shop = Shop::open().await;
    let before = everything(&shop.client).await;
    let post = || shop.client.request("POST", "/product");
    for media in [Media::Xml, Media::Json] {
        let accept = accept(media);
        let check = async |what: &str, request: reqwest::RequestBuilder, status, id, text| {
            let (reply, headers) = send(request.header("Accept", accept)).await;
            assert_eq!(fault(what, &reply, media, status, &[(id, text)]), None);
            headers
        };
        let id = "UnsupportedMediaTypeException";
        let text = "The body must be application/x-www-form-urlencoded";
        for kind in [
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/x-www-form-urlencoded; charset=iso-8859-1",
            "nonsense",
        ] {
            let request = post().header("Content-Type", kind).body("name=x");
            check(kind, request, 415, id, text).await;
        }
        check("no type", post().body("name=x"), 415, id, text).await;
        let packed = post()
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Content-Encoding", "gzip");
        check("gzip", packed.body("name=x"), 415, id, text).await;
        // Nothing at all needs no type, nor does any type spoil it.
        let empty = post().header("Content-Type", "application/json");
        let (id, text) = ("MalformedRequestException", "Product name is required");
        check("empty", empty, 400, id, text).await;

        let large = vec![b'x'; 1024 * 1024 + 1];
        let large = post()
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(large);
        let (id, text) = (
            "PayloadTooLargeException",
            "The request is larger than 1 MiB",
        );
        check("large", large, 413, id, text).await;
        let value = format!("name=x&note={}", "v".repeat(64 * 1024 + 1));
        let long = post()
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(value);
        let (id, text) = (
            "MalformedRequestException",
            "The request exceeds a limit: the length of a parameter's value",
        );
        check("long", long, 400, id, text).await;
    }
    let infos = [(
        "NotAcceptableException",
        "Only application/xml and application/json can be given",
    )];
    for kind in [
        "text/html",
        "application/pdf, image/*",
        "application/json;q=0",
    ] {
        let asked = shop
            .client
            .request("GET", "/product")
            .header("Accept", kind);
        let (reply, _) = send(asked).await;
        assert_eq!(fault(kind, &reply, Media::Xml, 406, &infos), None);
    }
    assert_eq!(everything(&shop.client).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_told_to_sign_in_and_guessers_to_wait() {
    let shop = Shop::open().await;
    let before = everything(&shop.client).await;
    for media in [Media::Xml, Media::Json] {
        let accept = accept(media);
        let strangers = shop.client.anonymous();
        let unknown = [(
            "AuthenticationException",
            "Authentication is required: sign in with HTTP Basic",
        )];
        for (path, scheme) in [
            ("/product", None),
            ("/nonsense", None),
            ("/product", Some("Bearer x")),
        ] {
            let mut asked = strangers.request("GET", path).header("Accept", accept);
            if let Some(scheme) = scheme {
                asked = asked.header("Authorization", scheme);
            }
            let (reply, headers) = send(asked).await;
            assert_eq!(fault(path, &reply, media, 401, &unknown), None);
            assert_eq!(headers["www-authenticate"], "Basic realm=\"NetLicensing\"");
        }
        // Five wrong passwords a minute are answered as such, the next is to wait.
        let account = format!("vendor in {media:?}");
        let guesser = Client::new(shop.server.address(), &account, "a guess");
        let wrong = [(
            "AuthenticationException",
            "The user name or password is wrong",
        )];
        for count in 0..6 {
            let asked = guesser.request("GET", "/product").header("Accept", accept);
            let (reply, headers) = send(asked).await;
            if count < 5 {
                assert_eq!(fault("a guess", &reply, media, 401, &wrong), None);
                assert!(headers.contains_key("www-authenticate"));
            } else {
                let wait = [(
                    "TooManyRequestsException",
                    "Too many failed sign-ins: try again in 60 seconds",
                )];
                assert_eq!(fault("a guess", &reply, media, 429, &wait), None);
                assert_eq!(headers["retry-after"], "60");
            }
        }
    }
    // Whoever knows better is not slowed down.
    assert_eq!(everything(&shop.client).await, before);
}

/// `?forceCascade` without a value means true, in any letter case.
#[tokio::test(flavor = "multi_thread")]
async fn children_go_when_they_are_told_to() {
    for cascade in [
        "?forceCascade",
        "?forceCascade=",
        "?forceCascade=TRUE",
        "?forceCascade=true",
    ] {
        let shop = Shop::open().await;
        for path in [
            "license/LP",
            "licensetemplate/E1",
            "productmodule/M1",
            "licensee/I1",
            "product/P1",
            "bundle/B1",
            "notification/N1",
        ] {
            let line = format!("DELETE /{path}{cascade}");
            let reply = ask_in(&shop.client, Media::Xml, &line, "").await;
            assert_eq!((reply.status, reply.text().as_str()), (204, ""), "{line}");
            assert_eq!(reply.content_type, "", "{line}");
            let again = ask_in(&shop.client, Media::Xml, &line, "").await;
            assert_eq!(again.status, 404, "{line}");
        }
    }
}
