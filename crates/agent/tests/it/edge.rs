//! What an agent answers where proxies, web pages and monitoring stand around it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use leasehold_agent::cli::{Auth, Edge};
use leasehold_agent::{Agent, serve};
use leasehold_service::clock::ManualClock;
use leasehold_service::rest::cors::Cors;
use leasehold_service::rest::forwarded::Proxies;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::run_offline::imported;
use crate::support::package::{API_KEY, made_at};

struct Serving {
    address: SocketAddr,
    client: Client,
    _stop: oneshot::Sender<()>,
    _directory: TempDir,
}

impl Serving {
    async fn start(edge: Edge) -> Self {
        Self::start_for(Auth::ApiKey, edge).await
    }

    async fn start_for(auth: Auth, edge: Edge) -> Self {
        let directory = imported().await;
        let clock = Arc::new(ManualClock::at(made_at()));
        let agent = Agent::open(directory.path(), auth, clock).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(agent.unwrap().at(edge), listener, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            client: Client::builder().no_proxy().build().unwrap(),
            _stop: stop,
            _directory: directory,
        }
    }

    fn post(&self, path: &str) -> RequestBuilder {
        let address = self.address;
        let request = self.client.post(format!("http://{address}{path}"));
        request
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let address = self.address;
        self.client.get(format!("http://{address}{path}"))
    }
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

const VALIDATE: &str = "/rest/licensee/I1/validate";

#[tokio::test]
async fn everything_of_the_api_stands_below_the_base_path() {
    let agent = Serving::start(Edge {
        base_path: "/license/v".to_owned(),
        ..Edge::default()
    })
    .await;
    for (path, expected) in [
        ("/license/v/rest/licensee/I1/validate", StatusCode::OK),
        (
            "/license/v/core/v2/rest/licensee/I1/validate",
            StatusCode::OK,
        ),
        (VALIDATE, StatusCode::NOT_FOUND),
        ("/license/rest/licensee/I1/validate", StatusCode::NOT_FOUND),
    ] {
        let request = agent.post(path).basic_auth("apiKey", Some(API_KEY));
        assert_eq!(status(request).await, expected, "{path}");
    }
    // These do not: they are for whoever looks after the process.
    for path in ["/healthz", "/readyz", "/agent/status"] {
        assert_eq!(status(agent.get(path)).await, StatusCode::OK, "{path}");
    }
}

/// 12.3: the limit on failed sign-ins counts the source that a trusted proxy names.
#[tokio::test]
async fn guesses_count_for_who_makes_them() {
    let agent = Serving::start(Edge::default()).await;
    let guess = |from: &'static str| {
        let request = agent.post(VALIDATE).header("X-Forwarded-For", from);
        status(request.basic_auth("apiKey", Some("K-GUESS")))
    };
    for _ in 0..10 {
        assert_eq!(guess("198.51.100.7").await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(guess("198.51.100.7").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(guess("198.51.100.8").await, StatusCode::UNAUTHORIZED);

    // Where no proxy is trusted, whoever writes such a header gains nothing.
    let agent = Serving::start(Edge {
        proxies: Proxies::default(),
        ..Edge::default()
    })
    .await;
    let mut seen = Vec::new();
    for n in 0..11 {
        let request = agent
            .post(VALIDATE)
            .header("X-Forwarded-For", format!("10.0.0.{n}"));
        seen.push(status(request.basic_auth("apiKey", Some("K-GUESS"))).await);
    }
    assert_eq!(seen[10], StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_status_is_for_this_machine_and_for_whoever_signs_in() {
    let agent = Serving::start(Edge::default()).await;
    let response = agent.get("/agent/status").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.text().await.unwrap();
    for part in [
        "\"vendor\":\"V1\"",
        "\"number\":\"P1\",\"name\":\"Product\",\"generation\":1",
        "\"licensees\":2,\"apiKeys\":3",
        "\"isReady\":true",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let from_afar = || {
        let request = agent.get("/agent/status");
        let request = request.header("Forwarded", "for=198.51.100.7;proto=https;host=a.example");
        request.header("Accept", "application/json")
    };
    assert_eq!(status(from_afar()).await, StatusCode::UNAUTHORIZED);
    let signed_in = from_afar().basic_auth("apiKey", Some(API_KEY));
    assert_eq!(status(signed_in).await, StatusCode::OK);
    assert_eq!(
        status(agent.post("/agent/status")).await,
        StatusCode::NOT_FOUND
    );
}

fn told(response: &Response) -> Vec<String> {
    let cors = response.headers().iter();
    let cors = cors.filter(|(name, _)| name.as_str().starts_with("access-control"));
    let mut told: Vec<String> = cors
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    told.sort();
    told
}

/// 12.4.
#[tokio::test]
async fn web_pages_may_call_where_they_are_named() {
    let origin = "https://shop.example";
    let agent = Serving::start(Edge {
        cors: Cors::agent(vec![origin.to_owned()]).unwrap(),
        ..Edge::default()
    })
    .await;
    let address = agent.address;
    let preflight = async |origin: &str| {
        let url = format!("http://{address}{VALIDATE}");
        let request = agent.client.request(reqwest::Method::OPTIONS, url);
        request.header("Origin", origin).send().await.unwrap()
    };
    let response = preflight(origin).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()["allow"], "GET, HEAD, POST, OPTIONS");
    let expected = [
        "access-control-allow-headers: Content-Type, Accept, Authorization",
        "access-control-allow-methods: GET, POST, OPTIONS",
        "access-control-allow-origin: https://shop.example",
        "access-control-max-age: 3600",
    ];
    assert_eq!(told(&response), expected);
    assert_eq!(told(&preflight("https://other.example").await), [""; 0]);
    let request = agent.post(VALIDATE).header("Origin", origin);
    let response = request.basic_auth("apiKey", Some(API_KEY)).send().await;
    assert_eq!(told(&response.unwrap()), [expected[2]]);

    let closed = Serving::start(Edge::default()).await;
    let request = closed.post(VALIDATE).header("Origin", origin);
    let response = request.basic_auth("apiKey", Some(API_KEY)).send().await;
    assert_eq!(told(&response.unwrap()), [""; 0]);
}

/// A browser sends a plain form for any page, and without credentials there is nothing else to stop it.
#[tokio::test]
async fn where_nobody_signs_in_other_web_pages_are_refused() {
    let shop = "https://shop.example";
    let agent = Serving::start_for(
        Auth::None,
        Edge {
            cors: Cors::agent(vec![shop.to_owned()]).unwrap(),
            ..Edge::default()
        },
    )
    .await;
    assert_eq!(status(agent.post(VALIDATE)).await, StatusCode::OK);
    for (origin, expected) in [
        (shop, StatusCode::OK),
        ("https://other.example", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
    ] {
        let request = agent.post(VALIDATE).header("Origin", origin);
        assert_eq!(status(request).await, expected, "{origin}");
    }
}

/// AG-9: nothing maps an address to a file, however it is written; and never is the answer a 5xx.
#[tokio::test(flavor = "multi_thread")]
async fn no_address_leads_to_a_file() {
    let agent = Serving::start(Edge::default()).await;
    let ups = [
        "..",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "..%2f..",
        "..%5c..",
        "..\\..",
        "",
    ];
    let roots = [
        "",
        "/",
        "/rest",
        "/core/v2/rest",
        "/rest/licensee/I1",
        "/agent",
        "/rest//",
    ];
    let files = [
        "database/leasehold.db",
        "database",
        ".assets",
        "etc/passwd",
        "database/leasehold.db%00",
        "%00",
        "leasehold-agent.toml",
    ];
    let mut tried = 0;
    for root in roots {
        for up in ups {
            for file in files {
                for depth in [1, 3] {
                    let climb = format!("/{up}").repeat(depth);
                    let path = format!("{root}{climb}/{file}");
                    let (code, body) = raw(agent.address, &path);
                    // Below a base the credentials are asked for first; elsewhere there is nothing.
                    assert!(matches!(code, 400 | 404), "{path}: {code}");
                    assert!(!body.contains("SQLite format"), "{path}");
                    assert!(!body.contains("root:"), "{path}");
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, roots.len() * ups.len() * files.len() * 2);
}

/// One request with the key, its path sent as it is.
fn raw(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    // apiKey:K-EVERYBODY
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
         Authorization: Basic YXBpS2V5OkstRVZFUllCT0RZ\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let code = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (code, answer)
}
