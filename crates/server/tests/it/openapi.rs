//! The description of the API: that it is one, and that it describes what is there, all of it and
//! nothing else.

use std::collections::BTreeSet;

use leasehold_server::App;
use leasehold_service::rest::call::Method;
use leasehold_service::rest::serve::Application;
use leasehold_wire::media::Media;
use serde_json::Value;

use crate::support::{Key, Server};

/// The described operations: method and path as the description writes them, and the operation.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push((method.clone(), path.clone(), operation));
        }
    }
    all
}

fn document(server: &Server) -> Value {
    serde_json::from_slice(server.app.description().unwrap()).unwrap()
}

fn word(method: Method) -> String {
    format!("{method:?}").to_lowercase()
}

/// The path with something in its places.
fn filled(path: &str) -> String {
    let words = path.split('/');
    let words: Vec<&str> = words
        .map(|word| if word.starts_with('{') { "X" } else { word })
        .collect();
    words.join("/")
}

#[tokio::test]
async fn every_route_is_described_and_every_described_route_exists() {
    let server = Server::start().await;
    let document = document(&server);
    let described: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    let routes = server.app.routes().iter();
    let there: BTreeSet<_> = routes
        .map(|route| (word(route.method), route.path.to_owned()))
        .collect();
    assert_eq!(described, there);
    assert_eq!(document["servers"][0]["url"], App::BASES[0]);

    let key = server.admin("V1").await;
    for (method, path, operation) in operations(&document) {
        let line = format!("{} {}", method.to_uppercase(), filled(&path));
        let answer = server.ask(&key, Media::Json, &line, "").await;
        let status = answer.status.to_string();
        let told = &operation["responses"][&status];
        assert!(told.is_object(), "{line}: {status} is not described");
        assert!(!answer.body.contains("Requested path"), "{line}");
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_not_there() {
    let server = Server::start().await;
    let document = document(&server);
    let key = server.admin("V1").await;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "delete", "put", "patch"] {
            if methods.get(method).is_none() {
                let line = format!("{} {}", method.to_uppercase(), filled(path));
                server.expect(&key, 405, &line, "").await;
            }
        }
    }
    server.expect(&key, 404, "GET /nothing", "").await;
}

/// Anybody may ask for it, and whoever has read the description knows it already.
#[tokio::test]
async fn options_tells_the_described_methods() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    for (path, allow) in [
        ("/product", "GET, HEAD, POST, OPTIONS"),
        ("/product/X", "GET, HEAD, POST, DELETE, OPTIONS"),
        ("/licensee/X/transfer", "POST, OPTIONS"),
        ("/nothing", "GET, HEAD, POST, DELETE, OPTIONS"),
    ] {
        let line = format!("OPTIONS {path}");
        assert_eq!(server.expect(&key, 204, &line, "").await.allow, allow);
    }
}

#[tokio::test]
async fn the_description_has_the_shape_of_openapi() {
    let server = Server::start().await;
    let document = document(&server);
    assert_eq!(document["openapi"], "3.1.0");
    for name in ["title", "version"] {
        assert!(is_text(&document["info"][name]), "info.{name}");
    }
    let security = &document["components"]["securitySchemes"]["basic"];
    assert_eq!(security["type"], "http");
    assert_eq!(security["scheme"], "basic");
    references(&document, &document);

    let listed = document["tags"].as_array().unwrap().iter();
    let tags: Vec<&Value> = listed.map(|tag| &tag["name"]).collect();
    let (mut ids, mut summaries) = (BTreeSet::new(), BTreeSet::new());
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        assert!(path.starts_with('/'), "{at}");
        assert!(is_text(&operation["summary"]), "{at}");
        assert!(
            summaries.insert(operation["summary"].to_string()),
            "{at}: its summary"
        );
        let id = &operation["operationId"];
        assert!(is_text(id) && ids.insert(id.to_string()), "{at}: its id");
        for tag in operation["tags"].as_array().unwrap() {
            assert!(tags.contains(&tag), "{at}: {tag}");
        }
        parameters(&document, &at, &path, operation);
        assert_eq!(operation.get("requestBody").is_some(), method == "post");
        responses(&document, &at, operation);
    }
}

/// Each parameter has a name, a place, a type and a text, and is described once.
fn parameters(document: &Value, at: &str, path: &str, operation: &Value) {
    let mut in_path = BTreeSet::new();
    let mut names = BTreeSet::new();
    for parameter in operation["parameters"].as_array().unwrap() {
        let parameter = followed(document, parameter);
        let name = parameter["name"].as_str().unwrap();
        assert!(!name.is_empty(), "{at}");
        let place = parameter["in"].as_str().unwrap();
        assert!(["path", "query", "header"].contains(&place), "{at}: {name}");
        assert!(names.insert((place, name)), "{at}: {name} twice");
        assert!(is_text(&parameter["description"]), "{at}: {name}");
        assert!(parameter["schema"].is_object(), "{at}: {name}");
        if place == "path" {
            assert_eq!(parameter["required"], true, "{at}: {name}");
            in_path.insert(format!("{{{name}}}"));
        }
    }
    let captures = path.split('/').filter(|word| word.starts_with('{'));
    let captures: BTreeSet<_> = captures.map(str::to_owned).collect();
    assert_eq!(in_path, captures, "{at}");
    let Some(body) = operation.get("requestBody") else {
        return;
    };
    let form = &body["content"]["application/x-www-form-urlencoded"]["schema"];
    let properties = form["properties"].as_object().unwrap();
    for (name, property) in properties {
        assert!(is_text(&property["description"]), "{at}: {name}");
    }
    for name in form["required"].as_array().into_iter().flatten() {
        assert!(properties.contains_key(name.as_str().unwrap()), "{at}");
    }
}

/// One success, and the failures that any request can meet.
fn responses(document: &Value, at: &str, operation: &Value) {
    let responses = operation["responses"].as_object().unwrap();
    let successes = responses.keys().filter(|status| status.starts_with('2'));
    assert_eq!(successes.count(), 1, "{at}");
    for (status, response) in responses {
        let response = followed(document, response);
        assert!(is_text(&response["description"]), "{at}: {status}");
        assert_eq!(response.get("content").is_none(), status == "204", "{at}");
    }
    for status in ["400", "401", "403", "429", "500", "503"] {
        assert!(responses.contains_key(status), "{at}: {status}");
    }
    let has_number = operation["operationId"].as_str().unwrap().contains("By");
    assert!(!has_number || responses.contains_key("404"), "{at}");
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// What a reference leads to; anything else leads to itself.
fn followed<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// Every reference leads somewhere, and every link to an operation.
fn references(document: &Value, value: &Value) {
    if let Some(reference) = value["$ref"].as_str() {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
    for link in value["links"].as_object().into_iter().flatten() {
        let all = operations(document);
        let leads = |id: &Value| all.iter().any(|(_, _, one)| one["operationId"] == *id);
        assert!(leads(&link.1["operationId"]), "{}", link.0);
    }
    match value {
        Value::Object(members) => members.values().for_each(|one| references(document, one)),
        Value::Array(members) => members.iter().for_each(|one| references(document, one)),
        _ => {}
    }
}

/// A request without one of the parameters that it is said to demand is refused, with the others
/// given.
#[tokio::test]
async fn what_is_said_to_be_required_is_demanded() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    let prepared = [
        "POST /product number=P&name=P",
        "POST /productmodule productNumber=P&number=M&name=M&licensingModel=Subscription",
        "POST /licensetemplate productModuleNumber=M&number=E&name=E&licenseType=TIMEVOLUME&timeVolume=1",
        "POST /licensee productNumber=P&number=I",
        "POST /bundle number=B&name=B",
    ];
    server.prepare(&key, &prepared).await;
    let document = document(&server);
    let mut demanded = 0;
    for (method, path, operation) in operations(&document) {
        for name in required(operation) {
            demanded += 1;
            let line = format!("{} {}", method.to_uppercase(), filled(&path));
            let line = line.replace("/bundle/X", "/bundle/B").replace("/X", "/I");
            refused_without(&server, &key, &line, operation, name).await;
        }
    }
    assert!(demanded >= 20, "{demanded}");
}

fn required(operation: &Value) -> Vec<&str> {
    let form = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"];
    let required = form["schema"]["required"].as_array();
    let names = required.into_iter().flatten().map(|name| name.as_str());
    names.collect::<Option<_>>().unwrap()
}

async fn refused_without(server: &Server, key: &Key, line: &str, operation: &Value, left: &str) {
    let value = |name: &str| match name {
        "productNumber" => "P",
        "productModuleNumber" => "M",
        "licenseTemplateNumber" => "E",
        "licenseeNumber" | "licensees" => "I",
        "licensingModel" => "Subscription",
        "licenseType" => "FEATURE",
        "status" => "PENDING",
        "source" => "SHOP",
        "events" => "LICENSE_CREATED",
        "protocol" => "WEBHOOK",
        "endpoint" => "https://example.com/",
        "withoutCard" => "true",
        _ => "x",
    };
    let form = |left: &str| {
        let names = required(operation).into_iter();
        let given = names.filter(|name| *name != left);
        let pairs: Vec<_> = given
            .map(|name| format!("{name}={}", value(name)))
            .collect();
        pairs.join("&")
    };
    let answer = server.ask(key, Media::Json, line, &form(left)).await;
    assert_eq!(answer.status, 400, "{line} without {left}: {}", answer.body);
    let whole = server.ask(key, Media::Json, line, &form("")).await;
    assert_ne!(whole.body, answer.body, "{line} without {left}");
}
