//! A tiny application, and requests to it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Request, Response};
use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, VendorNumber};
use leasehold_model::role::{ApiKeyRole, Operation};
use leasehold_service::clock::{Clock, ManualClock};
use leasehold_service::rest::auth::Credentials;
use leasehold_service::rest::call::{Access, Call, Method, Principal, Reply};
use leasehold_service::rest::cors::Cors;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::{About, Returns, Route};
use leasehold_service::rest::router::Router;
use leasehold_service::rest::serve::Application;
use leasehold_store::{Options, Store};
use leasehold_wire::context::{Context, Item, Items};
use tempfile::TempDir;

/// Knows `demo:demo`, and an API key of each kind by its name.
pub(crate) struct Tiny {
    routes: Vec<Route<Self>>,
    clock: ManualClock,
    cors: Cors,
    store: Store,
    _directory: TempDir,
}

impl Tiny {
    pub(crate) fn new() -> Arc<Self> {
        let mut routes = vec![
            row(Method::Get, "/thing/{thingNumber}", Operation::Read),
            row(
                Method::Post,
                "/thing/{thingNumber}",
                Operation::ChangeCatalogue,
            ),
            Route {
                method: Method::Delete,
                path: "/thing/{thingNumber}",
                operation: Operation::ChangeCatalogue,
                about: ABOUT,
                handler: |_, _| Box::pin(async { Ok(Reply::NoContent) }),
            },
            row(
                Method::Post,
                "/licensee/{licenseeNumber}/validate",
                Operation::Validate,
            ),
            Route {
                method: Method::Get,
                path: "/missing",
                operation: Operation::Read,
                about: ABOUT,
                handler: |_, _| Box::pin(async { Err(Problem::NotFound(Entity::License)) }),
            },
            Route {
                method: Method::Get,
                path: "/panic",
                operation: Operation::Read,
                about: ABOUT,
                handler: |_, _| {
                    Box::pin(async { panic!("a handler's panic, as the test wants it") })
                },
            },
        ];
        routes.extend(leasehold_service::rest::utility::routes());
        let directory = TempDir::new().unwrap();
        Arc::new(Self {
            cors: Cors::new(vec!["https://shop.example".to_owned()]).unwrap(),
            store: Store::open(directory.path(), Options::default()).unwrap(),
            _directory: directory,
            routes,
            clock: ManualClock::at(Timestamp::UNIX_EPOCH),
        })
    }
}

/// An endpoint that tells what it was given.
fn row(method: Method, path: &'static str, operation: Operation) -> Route<Tiny> {
    Route {
        method,
        path,
        operation,
        about: ABOUT,
        handler: |_, call| Box::pin(async move { Ok(echo(&call)) }),
    }
}

fn echo(call: &Call) -> Reply {
    let mut item = Item::new("Thing");
    item.put("captures", call.captures.join("|"));
    for (name, value) in call.form.iter() {
        item.put_custom(name, value);
    }
    Reply::Context(Context {
        infos: Vec::new(),
        items: Some(Items {
            items: vec![item],
            page: None,
        }),
        ttl: None,
    })
}

const ABOUT: About = About {
    summary: "test",
    parameters: &[],
    returns: Returns::Nothing,
    notes: &[],
};

impl Application for Tiny {
    const BASES: &'static [&'static str] = &["/core/v2/rest", "/rest"];

    fn store(&self) -> &Store {
        &self.store
    }

    fn cors(&self) -> &Cors {
        &self.cors
    }

    fn routes(&self) -> &[Route<Self>] {
        &self.routes
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    async fn authenticate(
        &self,
        credentials: Option<Credentials>,
        _source: IpAddr,
        _now: Timestamp,
    ) -> Result<Principal, Problem> {
        let credentials = credentials.ok_or(Problem::Unauthenticated)?;
        let key = |role, licensee| Access::ApiKey { role, licensee };
        let access = match (&*credentials.user, credentials.password.expose()) {
            ("demo", "demo") => Access::Login,
            ("apiKey", "reader") => key(ApiKeyRole::Analytics, None),
            ("apiKey", "scoped") => {
                let licensee = LicenseeNumber::parse("I1").unwrap();
                key(ApiKeyRole::Admin, Some(licensee))
            }
            _ => return Err(Problem::BadCredentials),
        };
        Ok(Principal {
            response_key: None,
            vendor: VendorNumber::parse("VDEMO").unwrap(),
            access,
            actor: "demo".into(),
        })
    }

    fn is_ready(&self) -> bool {
        true
    }
}

/// `demo:demo`
pub(crate) const DEMO: &str = "Basic ZGVtbzpkZW1v";

/// A request by demo, without a body.
pub(crate) fn request(method: &str, path: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(AUTHORIZATION, DEMO)
        .body(Full::default())
        .unwrap()
}

/// A form posted by demo.
pub(crate) fn post(path: &str, form: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let mut request = request("POST", path).map(|_| Full::new(form.into()));
    set(
        &mut request,
        CONTENT_TYPE.as_str(),
        "application/x-www-form-urlencoded",
    );
    request
}

/// Sets a header; an empty value removes it.
pub(crate) fn set(request: &mut Request<Full<Bytes>>, name: &'static str, value: &str) {
    if value.is_empty() {
        request.headers_mut().remove(name);
    } else {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: Response<()>,
    pub(crate) body: String,
}

impl Answer {
    /// The header's value, if it is there.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }
}

/// Asks the router, with no connection between, and checks what holds for every response.
pub(crate) async fn ask(request: Request<Full<Bytes>>) -> Answer {
    let router = Router::new(Tiny::new());
    let response = router.answer(request, Ipv4Addr::LOCALHOST.into()).await;
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let answer = Answer {
        status: head.status.as_u16(),
        head: Response::from_parts(head, ()),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    assert_eq!(answer.header("x-request-id").unwrap().len(), 32);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let length = (!answer.body.is_empty()).then(|| answer.body.len().to_string());
    assert_eq!(answer.header("content-length"), length.as_deref());
    assert_eq!(answer.header("content-type").is_some(), length.is_some());
    answer
}
