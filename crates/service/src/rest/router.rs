//! From a request to its handler and back to a response.
//!
//! The order is fixed: who asks, then what is asked, then whether that one
//! may, then how. So nobody learns without credentials which paths exist.

use std::borrow::Cow;
use std::error::Error;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, AUTHORIZATION, EXPECT, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use jiff::Timestamp;
use leasehold_model::number::VendorNumber;
use leasehold_model::role::Operation;
use leasehold_store::{CallKey, Recalled};
use leasehold_wire::form::{Form, path_segments};
use leasehold_wire::media::Media;

use crate::rest::auth::Credentials;
use crate::rest::body::{self, RequestBody};
use crate::rest::call::{Call, Method, Principal, Reply};
use crate::rest::forwarded::Seen;
use crate::rest::idempotency::call_key;
use crate::rest::matcher::Matcher;
use crate::rest::page::Page;
use crate::rest::problem::Problem;
use crate::rest::reply::{RequestId, Wishes, no_content, with_body};
use crate::rest::route::Returns;
use crate::rest::serve::Application;
use crate::rest::signing::Signing;

/// Answers requests to one application.
pub struct Router<A> {
    application: Arc<A>,
    matcher: Matcher,
    /// The base paths, split.
    bases: Vec<Vec<String>>,
    signing: Signing,
}

impl<A: Application> Router<A> {
    /// A router of the application's route table.
    pub fn new(application: Arc<A>) -> Self {
        let matcher = Matcher::new(application.routes());
        let split = |base: &&'static str| {
            let words = application.base_path().split('/').chain(base.split('/'));
            let words = words.filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        };
        let bases = A::BASES.iter().map(split).collect();
        Self {
            application,
            matcher,
            bases,
            signing: Signing::default(),
        }
    }

    /// Answers one request that came from the address `peer`.
    pub async fn answer(
        &self,
        request: Request<impl RequestBody>,
        peer: IpAddr,
    ) -> Response<Full<Bytes>> {
        let (head, mut body) = request.into_parts();
        let id = RequestId::draw();
        let wishes = Wishes::of(&head.headers);
        let cors = self.application.cors();
        if head.method == hyper::Method::OPTIONS {
            let mut response = no_content(&id);
            let offered = HeaderValue::from_static(self.offered(head.uri.path()));
            response.headers_mut().insert(ALLOW, offered);
            cors.allow(&head.headers, true, response.headers_mut());
            return response;
        }
        if let Some(mut response) = self.probe(&head, &id) {
            cors.allow(&head.headers, false, response.headers_mut());
            return response;
        }
        let mut route = "";
        let seen = self.application.seen(peer, &head.headers);
        let page = self.page(&head);
        let respond = async {
            match page {
                Some(page) => self.show(page, &head, &seen).await,
                None => {
                    let source = seen.source;
                    self.respond(&head, &mut body, &wishes, source, &mut route)
                        .await
                }
            }
        };
        let outcome = match unless_panics(respond).await {
            Ok(outcome) => outcome,
            Err(Panicked) => Err(Problem::Internal(Box::new(Panicked))),
        };
        let mut response = match outcome {
            Ok(reply) => wishes.reply(reply, &id),
            Err(problem) => {
                if let Problem::Internal(cause) = &problem {
                    log_failure(&**cause, &id, route);
                }
                wishes.problem(&problem, &id)
            }
        };
        cors.allow(&head.headers, false, response.headers_mut());
        tracing::debug!(
            request.id = id.as_str(),
            method = head.method.as_str(),
            route,
            status = response.status().as_u16(),
            "answered"
        );
        // Whoever waits to be told to go on has sent nothing yet.
        if !head.headers.contains_key(EXPECT) {
            body::clear(&mut body).await;
        }
        response
    }

    async fn respond(
        &self,
        head: &Parts,
        body: &mut impl RequestBody,
        wishes: &Wishes,
        source: IpAddr,
        route: &mut &'static str,
    ) -> Result<Reply, Problem> {
        // A path that cannot be decoded stands below every base, as far as strangers can see.
        let path = path_segments(head.uri.path());
        let path = match &path {
            Ok(path) => Ok(self.below_base(path).ok_or(Problem::NoSuchPath)?),
            Err(error) => Err(error.clone()),
        };
        self.application.admit(&head.headers)?;
        let now = self.application.clock().now();
        let principal = self.who(head, source, now).await?;

        let found = self.matcher.find(path?).ok_or(Problem::NoSuchPath)?;
        let endpoint = method_of(&head.method).and_then(|method| found.endpoint(method));
        let endpoint = endpoint.ok_or(Problem::MethodNotAllowed(found.allow()))?;
        let endpoint = &self.application.routes()[endpoint];
        *route = endpoint.path;
        if !principal.access.may(endpoint.operation) {
            return Err(Problem::Denied("The API key's role does not permit this"));
        }
        // A document has a type of its own, whatever the form of envelopes that the caller likes.
        let is_document = matches!(endpoint.about.returns, Returns::Document(_));
        if wishes.media.is_none() && !is_document {
            return Err(Problem::NotAcceptable);
        }
        let limits = endpoint.about.limits();
        // Kept until the answer: what was sent is in memory as long.
        let _turn = body::turn(&head.headers, limits).await?;
        let bytes = match endpoint.method {
            Method::Post => body::form_bytes(&head.headers, body, limits).await?,
            Method::Get | Method::Delete => Bytes::new(),
        };
        let query = head.uri.query().unwrap_or_default();
        let form = Form::parse_within(limits, query, &bytes)?;
        judge_vendor_number(&form, &principal)?;
        let key = match endpoint.method {
            Method::Get => None,
            Method::Post | Method::Delete => {
                let (method, path) = (head.method.as_str(), head.uri.path());
                let parts = [method.as_bytes(), path.as_bytes(), query.as_bytes(), &bytes];
                call_key(&head.headers, &principal, parts)?
            }
        };
        drop(bytes);
        let signs = endpoint.operation == Operation::Validate && wishes.media == Some(Media::Xml);
        let signer = principal.response_key.clone().filter(|_| signs);
        // Whose replies are remembered, where the caller wants that.
        let kept = key.map(|key| (key, principal.vendor.clone()));
        let call = Call {
            principal,
            captures: found.captures,
            form,
            key,
            now,
        };
        let reply = match self.recall(kept.as_ref(), now).await? {
            Some(reply) => reply,
            None => match (endpoint.handler)(&self.application, call).await {
                Err(Problem::AnsweredMeanwhile) => {
                    let recalled = self.recall(kept.as_ref(), now).await?;
                    recalled.ok_or(Problem::AnsweredMeanwhile)?
                }
                answered => answered?,
            },
        };
        match signer {
            Some(signer) => self.signing.sign(reply, signer).await,
            None => Ok(reply),
        }
    }

    /// The reply that was given to this very call before.
    async fn recall(
        &self,
        kept: Option<&(CallKey, VendorNumber)>,
        now: Timestamp,
    ) -> Result<Option<Reply>, Problem> {
        let Some((key, vendor)) = kept else {
            return Ok(None);
        };
        match self.application.store().recall(vendor, *key, now).await? {
            Recalled::New => Ok(None),
            Recalled::OtherCall => Err(Problem::KeyReused),
            Recalled::Reply(kept) => {
                let text = self.application.remembered(&kept);
                let text = text.ok_or_else(|| Problem::Internal(Box::new(Unreadable)))?;
                Reply::recalled(&text)
                    .map(Some)
                    .map_err(|error| Problem::Internal(Box::new(error)))
            }
        }
    }

    /// Tells who asks.
    async fn who(
        &self,
        head: &Parts,
        source: IpAddr,
        now: Timestamp,
    ) -> Result<Principal, Problem> {
        let credentials = head.headers.get(AUTHORIZATION);
        let credentials = match credentials.map(|value| Credentials::parse(value.as_bytes())) {
            None | Some(Err(Problem::Unauthenticated)) => None,
            Some(Ok(credentials)) => Some(credentials),
            Some(Err(problem)) => return Err(problem),
        };
        self.application
            .authenticate(credentials, source, now)
            .await
    }

    fn page(&self, head: &Parts) -> Option<&Page<A>> {
        let is_read = matches!(head.method, hyper::Method::GET | hyper::Method::HEAD);
        let is_asked = |page: &&Page<A>| page.path == head.uri.path();
        self.application
            .pages()
            .iter()
            .find(is_asked)
            .filter(|_| is_read)
    }

    /// Writes a page, which is for this machine and for whoever signs in.
    async fn show(&self, page: &Page<A>, head: &Parts, seen: &Seen) -> Result<Reply, Problem> {
        if !seen.is_local {
            let now = self.application.clock().now();
            self.who(head, seen.source, now).await?;
        }
        let text = (page.text)(&self.application, seen).await?;
        Ok(Reply::Document(page.kind, text.into_bytes()))
    }

    /// What anybody is told of the methods that a path offers: the truth where the description
    /// tells it as well, else what could be offered anywhere.
    fn offered(&self, path: &str) -> &'static str {
        let found = self.application.description().and_then(|_| {
            let path = path_segments(path).ok()?;
            self.matcher.find(self.below_base(&path)?)
        });
        found.map_or(A::METHODS, |found| found.allow())
    }

    /// The part of the path that the route table speaks of.
    fn below_base<'a, 'b>(&self, path: &'a [Cow<'b, str>]) -> Option<&'a [Cow<'b, str>]> {
        self.bases.iter().find_map(|base| {
            let (words, below) = path.split_at_checked(base.len())?;
            (words == base.as_slice()).then_some(below)
        })
    }

    /// Answers those who look after the process, and those who want to know what can be asked:
    /// nothing of a vendor's is told, so anybody may ask.
    fn probe(&self, head: &Parts, id: &RequestId) -> Option<Response<Full<Bytes>>> {
        let is_well = match head.uri.path() {
            "/openapi.json" => {
                let description = self.application.description()?;
                let is_read = matches!(head.method, hyper::Method::GET | hyper::Method::HEAD);
                let kind = "application/json;charset=UTF-8";
                return is_read.then(|| with_body(StatusCode::OK, kind, description.to_vec(), id));
            }
            "/healthz" => true,
            "/readyz" => self.application.is_ready(),
            _ => return None,
        };
        if !matches!(head.method, hyper::Method::GET | hyper::Method::HEAD) {
            return None;
        }
        let (status, text) = if is_well {
            (StatusCode::OK, "ok\n")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        };
        let kind = "text/plain;charset=UTF-8";
        Some(with_body(status, kind, text.into(), id))
    }
}

fn method_of(method: &hyper::Method) -> Option<Method> {
    Some(match *method {
        hyper::Method::GET | hyper::Method::HEAD => Method::Get,
        hyper::Method::POST => Method::Post,
        hyper::Method::DELETE => Method::Delete,
        _ => return None,
    })
}

/// Clients whose context names a vendor send it along; it can only be the caller's own (section 1).
fn judge_vendor_number(form: &Form, principal: &Principal) -> Result<(), Problem> {
    match form.get("vendorNumber") {
        None | Some("") => Ok(()),
        Some(number) if number == principal.vendor.as_str() => Ok(()),
        Some(_) => Err(Problem::Denied(
            "Parameter 'vendorNumber' names another vendor than the credentials",
        )),
    }
}

/// Logs what is never told, with its causes.
fn log_failure(cause: &(dyn Error + 'static), id: &RequestId, route: &str) {
    let mut chain = cause.to_string();
    let mut next = cause.source();
    while let Some(source) = next {
        chain.push_str(": ");
        chain.push_str(&source.to_string());
        next = source.source();
    }
    tracing::error!(
        request.id = id.as_str(),
        route,
        error = chain,
        "a request failed"
    );
}

/// A remembered reply that the store keeps, and that another key closed.
#[derive(Debug, thiserror::Error)]
#[error("a remembered reply cannot be opened")]
struct Unreadable;

/// A handler's panic, whose text went to the log by the panic's own way.
#[derive(Debug, thiserror::Error)]
#[error("the handler panicked")]
struct Panicked;

/// Runs `future`, and ends it alone, not the connection, when it panics.
async fn unless_panics<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        // Nothing of the future is looked at again once it has panicked.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    })
    .await
}
