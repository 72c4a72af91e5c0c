//! A server without a listener, and requests to it.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Argon2, PasswordHasher};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE};
use hyper::http::request::Builder;
use hyper::{Request, Response};
use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, VendorNumber};
use leasehold_model::plan::Plan;
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_seal::installation::InstallationKey;
use leasehold_server::app::token;
use leasehold_server::{App, Settings};
use leasehold_service::clock::ManualClock;
use leasehold_service::rest::auth::API_KEY_USER;
use leasehold_service::rest::router::Router;
use leasehold_store::{Account, Edit, Origin, PasswordHash, Store, Write};
use leasehold_wire::context::{Context, Item};
use leasehold_wire::media::Media;

use crate::engine;

/// When every test begins.
pub(crate) const START: &str = "2026-11-22T10:00:00Z";

/// A server on a directory of its own, with the vendors `V1` and `V2`.
pub(crate) struct Server {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    router: Router<App>,
    directory: tempfile::TempDir,
}

/// Somebody who asks: an API key, or a vendor by its login.
pub(crate) struct Key {
    user: String,
    password: String,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) allow: String,
    pub(crate) body: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    pub(crate) async fn start_with(settings: Settings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), engine::options(directory.path())).unwrap();
        let clock = Arc::new(ManualClock::at(instant(START)));
        let installation = Arc::new(InstallationKey::ephemeral());
        for number in ["V1", "V2"] {
            let account = account(number, None);
            store
                .put_account(account, origin(), instant(START))
                .await
                .unwrap();
        }
        let app = App::new(store, Arc::clone(&clock) as Arc<_>, installation, settings);
        let app = Arc::new(app.unwrap());
        Self {
            router: Router::new(Arc::clone(&app)),
            app,
            clock,
            directory,
        }
    }

    /// Puts a vendor on a plan.
    pub(crate) async fn plan(&self, vendor: &str, plan: Plan) {
        let mut account = account(vendor, None);
        account.vendor.plan = plan;
        let store = &self.app.store;
        store
            .put_account(account, origin(), instant(START))
            .await
            .unwrap();
    }

    /// A new API key of `vendor`.
    pub(crate) async fn key(&self, vendor: &str, role: ApiKeyRole, licensee: Option<&str>) -> Key {
        let key = ApiKey {
            active: true,
            role,
            licensee: licensee.map(|number| LicenseeNumber::parse(number).unwrap()),
            expires: None,
            name: None,
            custom: Properties::new(),
        };
        let (number, stored) = token::mint(&self.app.installation, key).unwrap();
        let vendor = VendorNumber::parse(vendor).unwrap();
        self.app
            .store
            .edit(&vendor, origin(), instant(START), move |_| {
                Ok::<_, ()>(Edit {
                    outcome: (),
                    writes: vec![Write::PutToken(stored.clone())],
                })
            })
            .await
            .unwrap()
            .unwrap();
        Key::of(number.as_str())
    }

    /// The vendor `V3`, which signs in by its password.
    pub(crate) async fn login(&self) -> Key {
        let hash: Phc = Argon2::default()
            .hash_password_with_salt(b"a password", b"salt of a test..")
            .unwrap();
        let account = account("V3", Some(PasswordHash(hash.to_string().into())));
        let store = &self.app.store;
        store
            .put_account(account, origin(), instant(START))
            .await
            .unwrap();
        Key {
            user: "v3".to_owned(),
            password: "a password".to_owned(),
        }
    }

    /// A key that may do everything.
    pub(crate) async fn admin(&self, vendor: &str) -> Key {
        self.key(vendor, ApiKeyRole::Admin, None).await
    }

    /// One request; `line` is the method and the path below the base, `form` is encoded already.
    pub(crate) async fn ask(&self, key: &Key, media: Media, line: &str, form: &str) -> Answer {
        self.ask_with(key, media, line, form, &[]).await
    }

    /// One request with further headers.
    pub(crate) async fn ask_with(
        &self,
        key: &Key,
        media: Media,
        line: &str,
        form: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let accept = match media {
            Media::Xml => "application/xml",
            Media::Json => "application/json",
        };
        let mut request = key.request(line).header(ACCEPT, accept);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.send(request, form).await;
        let header = |name| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        let content_type = header(CONTENT_TYPE).unwrap_or_default();
        let allow = header(ALLOW).unwrap_or_default();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        keep(&content_type, &body);
        Answer {
            status,
            content_type,
            allow,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// One request as it was made, with a form for a body if that is not empty.
    pub(crate) async fn send(&self, mut request: Builder, form: &str) -> Response<Full<Bytes>> {
        if !form.is_empty() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request
            .body(Full::new(Bytes::from(form.to_owned())))
            .unwrap();
        self.router
            .answer(request, Ipv4Addr::LOCALHOST.into())
            .await
    }

    /// One request in JSON that must be answered by this status.
    pub(crate) async fn expect(&self, key: &Key, status: u16, line: &str, form: &str) -> Answer {
        let answer = self.ask(key, Media::Json, line, form).await;
        assert_eq!(answer.status, status, "{line} {form}: {}", answer.body);
        answer
    }

    /// Requests of the form `METHOD /path form`, which must all succeed.
    pub(crate) async fn prepare(&self, key: &Key, requests: &[&str]) {
        for request in requests {
            let (line, form) = split(request);
            let answer = self.ask(key, Media::Json, line, form).await;
            assert!(answer.status < 300, "{request}: {}", answer.body);
        }
    }

    /// The files of the store, as they lie there.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let files = paths.filter(|path| path.is_file());
        files
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }

    /// Fails when the store contradicts itself.
    pub(crate) async fn verify(&self) {
        assert_eq!(self.app.store.verify().await.unwrap(), [""; 0]);
    }

    /// Everything that one vendor can list, as one text.
    pub(crate) async fn everything(&self, key: &Key) -> String {
        let mut all = String::new();
        for list in [
            "product",
            "productmodule",
            "licensetemplate",
            "licensee",
            "license",
            "token",
            "transaction",
            "bundle",
            "notification",
            "paymentmethod",
        ] {
            let answer = self.expect(key, 200, &format!("GET /{list}"), "").await;
            all.push_str(&answer.body);
            all.push('\n');
        }
        all
    }
}

impl Key {
    /// The API key of this number.
    pub(crate) fn of(number: &str) -> Self {
        Self {
            user: API_KEY_USER.to_owned(),
            password: number.to_owned(),
        }
    }

    /// The number of an API key.
    pub(crate) fn number(&self) -> &str {
        &self.password
    }

    /// A request that shows this key; `line` is the method and the path below the base.
    pub(crate) fn request(&self, line: &str) -> Builder {
        let (method, path) = line.split_once(' ').unwrap();
        let credentials = STANDARD.encode(format!("{}:{}", self.user, self.password));
        Request::builder()
            .method(method)
            .uri(format!("/core/v2/rest{path}"))
            .header(AUTHORIZATION, format!("Basic {credentials}"))
    }
}

impl Answer {
    /// The envelope.
    pub(crate) fn context(&self) -> Context {
        if self.content_type.starts_with("application/json") {
            leasehold_wire::json::read(self.body.as_bytes()).unwrap()
        } else {
            leasehold_wire::xml::read(self.body.as_bytes()).unwrap()
        }
    }

    /// The items; none when there is no body.
    pub(crate) fn items(&self) -> Vec<Item> {
        self.context().items.unwrap_or_default().items
    }

    /// The `number` of each item.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let number = |item: &Item| item.get("number").unwrap().to_owned();
        self.items().iter().map(number).collect()
    }
}

/// Keeps a reply in XML for the part `schema`, which judges what all tests saw.
fn keep(content_type: &str, body: &[u8]) {
    let folder = std::env::var_os("LEASEHOLD_XML_REPLIES");
    if let Some(folder) = folder.filter(|_| content_type.starts_with("application/xml")) {
        let name = leasehold_seal::digest::hex(&leasehold_seal::digest::sha256(&[body]));
        let folder = std::path::PathBuf::from(folder);
        // Two tests may keep the same bytes at once: each writes a file of its own, and both put it
        // in the same place.
        let mut part = tempfile::NamedTempFile::new_in(&folder).unwrap();
        part.write_all(body).unwrap();
        part.persist(folder.join(format!("{name}.xml"))).unwrap();
    }
}

/// Splits `METHOD /path form` at the second blank.
pub(crate) fn split(request: &str) -> (&str, &str) {
    let path = request.find(' ').unwrap() + 1;
    match request[path..].find(' ') {
        Some(blank) => (&request[..path + blank], &request[path + blank + 1..]),
        None => (request, ""),
    }
}

pub(crate) fn instant(text: &str) -> Timestamp {
    leasehold_model::timestamp::parse_timestamp(text).unwrap()
}

fn account(number: &str, password: Option<PasswordHash>) -> Account {
    Account {
        vendor: Vendor {
            number: VendorNumber::parse(number).unwrap(),
            login: number.to_lowercase().into(),
            ttl: TtlMinutes::DEFAULT,
            plan: Plan::default(),
        },
        password,
        revision: 1,
    }
}

fn origin() -> Origin {
    Origin {
        actor: "test".into(),
        action: "test.prepare",
    }
}
