//! The description of the API in OpenAPI 3.1, made of the route table, so that it says what is
//! there. It is served at `/openapi.json`.

mod envelope;
mod request;
mod response;

use leasehold_service::rest::call::Method;
use leasehold_service::rest::route::{Note, Returns, Route};
use serde_json::{Map, Value, json};

/// The document about `routes`, which stand below `base`.
pub(crate) fn document<A>(base: &str, routes: &[Route<A>]) -> Value {
    let mut paths = Map::new();
    let mut tags: Vec<&str> = Vec::new();
    for route in routes {
        let place = paths.entry(route.path).or_insert_with(|| json!({}));
        place[method(route.method)] = operation(route, routes);
        if !tags.contains(&tag(route.path)) {
            tags.push(tag(route.path));
        }
    }
    let tags = tags.into_iter().map(|name| json!({ "name": name }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Leasehold",
            "summary": "A licensing server that speaks the NetLicensing REST API v2",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": base }],
        "security": [{ "basic": [] }],
        "tags": tags.collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": envelope::schemas(),
            "parameters": request::parameters(),
            "headers": response::headers(),
            "responses": response::failures(),
            "securitySchemes": {
                "basic": { "type": "http", "scheme": "basic", "description": BASIC },
            },
        },
    })
}

const ABOUT: &str = "Every answer is an envelope, in XML unless the Accept header prefers JSON. \
    Errors are told by an envelope, too, without items and with at least one info of the type \
    ERROR. Where a parameter of a POST is described as part of the form, the query may hold it \
    as well; the form wins. An empty parameter counts as not given when something is created, and \
    clears an optional property when it is updated. HEAD is GET without a body. A method that a \
    path does not offer is answered by 405, a path that does not exist by 404, and both only to \
    those who sign in. `x-least-role` names the weakest role that an API key needs.";

const BASIC: &str = "A vendor's login and its password; or the user `apiKey`, with the number of \
    an API key as the password.";

fn operation<A>(route: &Route<A>, all: &[Route<A>]) -> Value {
    let mut operation = json!({
        "operationId": id(route),
        "summary": route.about.summary,
        "tags": [tag(route.path)],
        "parameters": request::parameters_of(route),
        "responses": response::responses(route, &links(route, all)),
        "x-least-role": route.operation.least_role().as_str(),
    });
    if let Some(body) = request::body(route) {
        operation["requestBody"] = body;
    }
    if route.about.notes.contains(&Note::Deprecated) {
        operation["deprecated"] = true.into();
    }
    operation
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Delete => "delete",
    }
}

/// The resource: the first word of the path.
fn tag(path: &'static str) -> &'static str {
    path.split('/').nth(1).unwrap_or(path)
}

/// The names of the path's variable segments, in order.
fn captures(path: &'static str) -> impl Iterator<Item = &'static str> {
    let segments = path.split('/');
    segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// Method and path as one word, hence unique and the same in every version:
/// `getLicenseeByLicenseeNumber`.
fn id<A>(route: &Route<A>) -> String {
    let mut id = method(route.method).to_owned();
    for segment in route.path.split('/').filter(|segment| !segment.is_empty()) {
        let word = match segment.strip_prefix('{') {
            Some(capture) => {
                id.push_str("By");
                capture.trim_end_matches('}')
            }
            None => segment,
        };
        let mut characters = word.chars();
        id.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(characters.as_str());
    }
    id
}

/// Where the number of what was created leads, which is the first property of its item.
fn links<A>(route: &Route<A>, all: &[Route<A>]) -> Map<String, Value> {
    let creates = route.method == Method::Post
        && captures(route.path).next().is_none()
        && matches!(route.about.returns, Returns::Item(_));
    let mut links = Map::new();
    for target in all.iter().filter(|_| creates) {
        let below = target.path.strip_prefix(route.path);
        let below = below.is_some_and(|rest| rest.starts_with("/{"));
        let Some(capture) = captures(target.path).next().filter(|_| below) else {
            continue;
        };
        let number = "$response.body#/items/item/0/property/0/value";
        let link = json!({
            "operationId": id(target),
            "description": "In JSON: the number of what was created names it.",
            "parameters": { format!("path.{capture}"): number },
        });
        links.insert(id(target), link);
    }
    links
}
