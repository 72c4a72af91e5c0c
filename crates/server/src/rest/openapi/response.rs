//! What is answered, when all went well and when not.

use leasehold_service::rest::call::Method;
use leasehold_service::rest::route::{Note, Returns, Route};
use serde_json::{Map, Value, json};

use super::captures;
use super::envelope::{reference, schema};

/// A status that tells of a failure, and when it is given.
struct Failure {
    status: &'static str,
    name: &'static str,
    about: &'static str,
}

const fn failure(status: &'static str, name: &'static str, about: &'static str) -> Failure {
    Failure {
        status,
        name,
        about,
    }
}

/// What any request may be answered (wire contract, section 10).
const ALWAYS: &[Failure] = &[
    failure(
        "400",
        "BadRequest",
        "The request cannot be read, or not be done.",
    ),
    failure(
        "401",
        "Unauthorized",
        "The credentials are missing or wrong.",
    ),
    failure("403", "Forbidden", "The credentials do not permit it."),
    failure("429", "TooManyRequests", "Too many sign-ins failed."),
    failure("500", "InternalServerError", "The server failed."),
    failure(
        "503",
        "ServiceUnavailable",
        "The server is busy, or stopping.",
    ),
];

const PAYMENT_REQUIRED: Failure = failure(
    "402",
    "PaymentRequired",
    "The vendor's plan does not cover it.",
);
const NOT_FOUND: Failure = failure("404", "NotFound", "What is asked for does not exist.");
const NOT_ACCEPTABLE: Failure = failure(
    "406",
    "NotAcceptable",
    "The Accept header admits neither XML nor JSON.",
);

/// What a request that changes something may be answered besides.
const CHANGING: &[Failure] = &[
    failure("409", "Conflict", "The same call is being answered."),
    failure(
        "422",
        "KeyReused",
        "The Idempotency-Key names another call.",
    ),
];

/// What a request with a body may be answered besides.
const WITH_BODY: &[Failure] = &[
    failure("408", "RequestTimeout", "The body does not arrive."),
    failure(
        "413",
        "PayloadTooLarge",
        "The body is larger than 1 MiB, or 64 MiB for an export or a report.",
    ),
    failure("415", "UnsupportedMediaType", "The body is no form."),
];

/// Every answer that tells of a failure, by its name.
pub(super) fn failures() -> Value {
    let single = [PAYMENT_REQUIRED, NOT_FOUND, NOT_ACCEPTABLE];
    let all = ALWAYS
        .iter()
        .chain(CHANGING)
        .chain(WITH_BODY)
        .chain(&single);
    all.map(|failure| (failure.name.to_owned(), described(failure)))
        .collect::<Map<_, _>>()
        .into()
}

fn described(failure: &Failure) -> Value {
    let header = match failure.status {
        "401" => Some("WWW-Authenticate"),
        "429" | "503" => Some("Retry-After"),
        _ => None,
    };
    json!({
        "description": failure.about,
        "headers": headers_of(header),
        "content": envelopes(reference("Failure")),
    })
}

/// Every header of answers, by its name.
pub(super) fn headers() -> Value {
    json!({
        "X-Request-Id": {
            "description": "Names the request in the server's log.",
            "required": true,
            "schema": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
        },
        "Retry-After": {
            "description": "In how many seconds it is worth asking again.",
            "required": true,
            "schema": { "type": "integer", "minimum": 0 },
        },
        "WWW-Authenticate": {
            "description": "The challenge, except to scripts: those that send X-Requested-With.",
            "schema": { "type": "string" },
        },
    })
}

/// The answers of one endpoint, by their statuses; `links` lead on from that of success.
pub(super) fn responses<A>(route: &Route<A>, links: &Map<String, Value>) -> Value {
    let (status, mut success) = success(route);
    if !links.is_empty() {
        success["links"] = links.clone().into();
    }
    let mut all = Map::new();
    all.insert(status.to_owned(), success);
    for failure in failures_of(route) {
        let name = format!("#/components/responses/{}", failure.name);
        all.insert(failure.status.to_owned(), json!({ "$ref": name }));
    }
    all.into()
}

fn success<A>(route: &Route<A>) -> (&'static str, Value) {
    let headers = headers_of(None);
    let content = match route.about.returns {
        Returns::Nothing => {
            let done = json!({ "description": "It is done.", "headers": headers });
            return ("204", done);
        }
        Returns::Document(kind) => json!({ kind: { "schema": { "type": "string" } } }),
        returns => envelopes(schema(returns).unwrap_or_default()),
    };
    let description = match route.about.returns {
        Returns::Item(kind) => format!("One item of the type {kind}."),
        Returns::Items(kinds) => format!("Items of the type {}.", kinds.join(" or ")),
        Returns::Page(kind) => format!("A page of items of the type {kind}."),
        Returns::Document(_) | Returns::Nothing => "The document.".to_owned(),
    };
    let success = json!({ "description": description, "headers": headers, "content": content });
    ("200", success)
}

fn failures_of<A>(route: &Route<A>) -> Vec<&'static Failure> {
    let notes = route.about.notes;
    let mut all: Vec<&Failure> = ALWAYS.iter().collect();
    if notes.contains(&Note::NeedsPlan) {
        all.push(&PAYMENT_REQUIRED);
    }
    if captures(route.path).next().is_some() || notes.contains(&Note::FindsByParameter) {
        all.push(&NOT_FOUND);
    }
    // A document has one type, whatever the caller likes.
    if !matches!(route.about.returns, Returns::Document(_)) {
        all.push(&NOT_ACCEPTABLE);
    }
    if route.method != Method::Get {
        all.extend(CHANGING);
    }
    if route.method == Method::Post {
        all.extend(WITH_BODY);
    }
    all
}

fn headers_of(further: Option<&str>) -> Value {
    let names = ["X-Request-Id"].into_iter().chain(further);
    let reference = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    names
        .map(|name| (name.to_owned(), reference(name)))
        .collect::<Map<_, _>>()
        .into()
}

/// A body in the one form or the other.
fn envelopes(json: Value) -> Value {
    json!({
        "application/json": { "schema": json },
        "application/xml": { "schema": reference("EnvelopeXml") },
    })
}
