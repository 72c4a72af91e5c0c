//! The offline agent: who may ask, what is answered, how it ends.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use leasehold_agent::cli::{Auth, PassphraseSource};
use leasehold_agent::{Agent, ImportOrder, import, serve};
use leasehold_service::clock::ManualClock;
use reqwest::{Client, StatusCode};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::support::package::{
    API_KEY, EXPIRED_KEY, SCOPED_KEY, assets, made_at, plain, put, signing_key,
};
use crate::support::program::{Program, agent};

/// A directory into which product P1 was imported.
pub(crate) async fn imported() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    put(
        directory.path(),
        1,
        &plain(&assets("P1", 1), &signing_key()),
    );
    let order = ImportOrder {
        work_dir: directory.path(),
        input: directory.path(),
        passphrase: &PassphraseSource::None,
        vendor_key: None,
        force: false,
    };
    import(&order, made_at()).await.unwrap();
    directory
}

/// An agent in this process, at the time the package was made.
struct Serving {
    base: String,
    client: Client,
    _stop: oneshot::Sender<()>,
    _directory: TempDir,
}

impl Serving {
    async fn start(auth: Auth) -> Self {
        let directory = imported().await;
        let clock = Arc::new(ManualClock::at(made_at()));
        let agent = Agent::open(directory.path(), auth, clock).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(agent, listener, async {
            let _ = stopped.await;
        }));
        Self {
            base,
            client: Client::builder().no_proxy().build().unwrap(),
            _stop: stop,
            _directory: directory,
        }
    }

    async fn post(
        &self,
        path: &str,
        credentials: Option<(&str, &str)>,
        body: &'static str,
    ) -> (StatusCode, String) {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .body(body);
        if let Some((user, password)) = credentials {
            request = request.basic_auth(user, Some(password));
        }
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = self.client.get(format!("{}{path}", self.base));
        let request = request.basic_auth("apiKey", Some(API_KEY));
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }
}

const KEY: Option<(&str, &str)> = Some(("apiKey", API_KEY));
const VALIDATE: &str = "/rest/licensee/I1/validate";
const CHECK_OUT: &str = "productModuleNumber0=M-P1&sessionId0=s1&action0=checkOut";

/// AG-1: one answer under both base paths, by number or alias.
#[tokio::test]
async fn validations_are_answered_under_both_base_paths() {
    let agent = Serving::start(Auth::ApiKey).await;
    let (status, body) = agent.post(VALIDATE, KEY, CHECK_OUT).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(body.contains("\"value\":\"true\""), "{body}");
    for path in [
        "/core/v2/rest/licensee/I1/validate",
        "/rest/licensee/alias%20of%20I1/validate",
    ] {
        assert_eq!(
            agent.post(path, KEY, CHECK_OUT).await,
            (status, body.clone())
        );
    }
    let (status, body) = agent.get(VALIDATE).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(body.contains("methodIsDeprecated"), "{body}");
}

#[tokio::test]
async fn nothing_else_of_the_api_is_offered() {
    let agent = Serving::start(Auth::None).await;
    for path in [
        "/rest/product",
        "/rest/licensee",
        "/rest/licensee/I1",
        "/rest/licensee/I1/transfer",
        "/core/v2/rest/token",
        "/core/v2/rest/agent/export",
    ] {
        for (status, body) in [agent.get(path).await, agent.post(path, None, "").await] {
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {body}");
            assert!(body.contains("NotFoundException"), "{path}: {body}");
        }
    }
    // AG-9: no address leads to a file.
    for path in [
        "/rest/../database/leasehold.db",
        "/rest/%2e%2e/database/leasehold.db",
        "/database/leasehold.db",
        "//database/leasehold.db",
        "/rest/licensee/%00/validate",
    ] {
        let (status, _) = agent.get(path).await;
        assert!(status.is_client_error(), "{path}: {status}");
    }
}

#[tokio::test]
async fn an_unknown_licensee_is_not_created() {
    let agent = Serving::start(Auth::ApiKey).await;
    let path = "/rest/licensee/I9/validate";
    let (status, body) = agent
        .post(path, KEY, "productNumber=P1&licenseeName=New")
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    let (status, body) = agent.post(VALIDATE, KEY, "productNumber=P2").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
}

/// 8.3.
#[tokio::test]
async fn only_api_keys_of_the_package_open_it() {
    let agent = Serving::start(Auth::ApiKey).await;
    let status = |credentials, path| {
        let agent = &agent;
        async move { agent.post(path, credentials, "").await.0 }
    };
    let other = "/rest/licensee/I2/validate";
    assert_eq!(status(None, VALIDATE).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        status(Some(("apiKey", SCOPED_KEY)), VALIDATE).await,
        StatusCode::OK
    );
    assert_eq!(
        status(Some(("apiKey", SCOPED_KEY)), other).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status(Some(("apiKey", EXPIRED_KEY)), VALIDATE).await,
        StatusCode::UNAUTHORIZED
    );
    let (status, body) = agent.post(VALIDATE, Some(("acme", "password")), "").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body.contains("cannot be checked offline"), "{body}");
}

#[tokio::test]
async fn guessing_keys_is_slowed_down_and_right_ones_are_not() {
    let agent = Serving::start(Auth::ApiKey).await;
    let mut seen = Vec::new();
    for _ in 0..11 {
        let guess = Some(("apiKey", "K-GUESS"));
        seen.push(agent.post(VALIDATE, guess, "").await.0);
    }
    assert_eq!(seen[..10], [StatusCode::UNAUTHORIZED; 10]);
    assert_eq!(seen[10], StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(agent.post(VALIDATE, KEY, "").await.0, StatusCode::OK);
}

#[tokio::test]
async fn without_authentication_everybody_may_validate() {
    let agent = Serving::start(Auth::None).await;
    for credentials in [None, KEY, Some(("acme", "anything"))] {
        assert_eq!(
            agent.post(VALIDATE, credentials, "").await.0,
            StatusCode::OK
        );
    }
    for list in ["licensingModels", "licenseTypes", "countries"] {
        let answer = agent.get(&format!("/rest/utility/{list}")).await;
        assert_eq!(answer.0, StatusCode::OK, "{list}");
    }
    let hidden = agent.get("/rest/licensee/I1").await;
    assert_eq!(hidden.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_signal_stops_the_program_and_what_it_answered_stays() {
    let directory = imported().await;
    let client = Client::builder().no_proxy().build().unwrap();
    for signal in ["INT", "TERM"] {
        let mut program = Program::start(directory.path());
        let path = format!("{}/licensee/I1/validate", program.address);
        let request = client.post(path).basic_auth("apiKey", Some(API_KEY));
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        let response = request.body(CHECK_OUT).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        drop(response);
        program.signal(signal);
        assert_eq!(program.child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[tokio::test]
async fn a_second_signal_ends_the_program_at_once() {
    let directory = imported().await;
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut program = Program::start(directory.path());
        // A request whose body never comes keeps the program from ending by itself.
        let address = program
            .address
            .trim_start_matches("http://")
            .trim_end_matches("/rest");
        let mut stuck = std::net::TcpStream::connect(address).unwrap();
        let head = "POST /rest/licensee/I1/validate HTTP/1.1\r\nHost: a\r\n\
                    Authorization: Basic YXBpS2V5OkstRVZFUllCT0RZ\r\nExpect: 100-continue\r\n\
                    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n";
        std::io::Write::write_all(&mut stuck, head.as_bytes()).unwrap();
        // The program reads the body now: it asked for it.
        let mut asked = [0; 12];
        stuck.read_exact(&mut asked).unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100");
        program.signal(signal);
        let mut log = BufReader::new(program.child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("stopping") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended at once");
        }
        program.signal(signal);
        assert_eq!(program.child.wait().unwrap().code(), Some(code));
    }
}

#[tokio::test]
async fn two_agents_on_one_store_are_refused() {
    let directory = imported().await;
    let _first = Program::start(directory.path());
    let output = agent(directory.path())
        .args(["run-offline", "--port=0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(12));
}
