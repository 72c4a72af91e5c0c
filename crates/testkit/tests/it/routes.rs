//! The server's route table, endpoint by endpoint: none answers a stranger, and each demands the
//! role that the wire contract (section 6) says, which is written down here a second time.

use std::sync::Arc;

use leasehold_model::role::ApiKeyRole;
use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::ManualClock;
use leasehold_service::rest::call::Method;
use leasehold_testkit::http::{Client, Reply};
use leasehold_testkit::within::Server;
use tempfile::TempDir;

/// The weakest role for each endpoint: method, first segment of the path, and the role.
const LEAST: &[(Method, &str, ApiKeyRole)] = &[
    (Method::Get, "product", ApiKeyRole::Analytics),
    (Method::Get, "productmodule", ApiKeyRole::Analytics),
    (Method::Get, "licensetemplate", ApiKeyRole::Analytics),
    (Method::Get, "licensee", ApiKeyRole::Analytics),
    (Method::Get, "license", ApiKeyRole::Analytics),
    (Method::Get, "utility", ApiKeyRole::Analytics),
    (Method::Get, "token", ApiKeyRole::Admin),
    (Method::Post, "product", ApiKeyRole::Maintenance),
    (Method::Post, "productmodule", ApiKeyRole::Maintenance),
    (Method::Post, "licensetemplate", ApiKeyRole::Maintenance),
    (Method::Post, "licensee", ApiKeyRole::Operation),
    (Method::Post, "license", ApiKeyRole::Operation),
    (Method::Post, "token", ApiKeyRole::Admin),
    (Method::Post, "agent", ApiKeyRole::Maintenance),
    (Method::Delete, "product", ApiKeyRole::Maintenance),
    (Method::Delete, "productmodule", ApiKeyRole::Maintenance),
    (Method::Delete, "licensetemplate", ApiKeyRole::Maintenance),
    (Method::Delete, "licensee", ApiKeyRole::Operation),
    (Method::Delete, "license", ApiKeyRole::Operation),
    (Method::Delete, "token", ApiKeyRole::Admin),
];

/// Endpoints below `/licensee/{licenseeNumber}` that any key may ask.
const ANY_KEY: &[&str] = &["validate", "transfer"];

fn least(method: Method, path: &str) -> ApiKeyRole {
    if ANY_KEY.iter().any(|end| path.ends_with(end)) {
        return ApiKeyRole::Licensee;
    }
    let first = path.split('/').nth(1).unwrap();
    let row = LEAST
        .iter()
        .find(|(of, segment, _)| *of == method && *segment == first);
    row.unwrap_or_else(|| panic!("{method:?} {path} has no row in this test"))
        .2
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_refuses_strangers_and_weaker_roles() {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::start(folder.path(), clock).await;
    server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
    let mut clients = Vec::new();
    for role in ApiKeyRole::ALL {
        let key = server.add_key("vendor", role).await;
        clients.push((role, Client::new(server.address(), "apiKey", &key)));
    }
    let stranger = clients[0].1.anonymous();

    let routes = leasehold_server::rest::routes();
    assert!(routes.len() > 20);
    for route in &routes {
        let (method, path) = (route.method, route.path);
        let reply = ask(&stranger, method, path).await;
        refused(&reply, 401, "AuthenticationException", method, path);
        let least = least(method, path);
        for (role, client) in &clients {
            let reply = ask(client, method, path).await;
            if *role < least {
                refused(&reply, 403, "AccessDeniedException", method, path);
            } else {
                // Nothing of the name exists and no parameter is given, so that hardly any is 200.
                let passed = matches!(reply.status, 200 | 400 | 404);
                assert!(passed, "{role:?} {method:?} {path}: {}", reply.status);
            }
        }
    }
    server.stop().await;
}

async fn ask(client: &Client, method: Method, path: &str) -> Reply {
    let path: String = path
        .split('/')
        .skip(1)
        .map(|segment| {
            if segment.starts_with('{') {
                "X"
            } else {
                segment
            }
        })
        .map(|segment| format!("/{segment}"))
        .collect();
    match method {
        Method::Get => client.get(&path).await,
        Method::Post => client.post(&path, &[]).await,
        Method::Delete => client.delete(&path).await,
    }
    .unwrap()
}

fn refused(reply: &Reply, status: u16, id: &str, method: Method, path: &str) {
    assert_eq!(reply.status, status, "{method:?} {path}: {}", reply.text());
    let infos = reply.context().infos;
    assert_eq!(infos[0].id, id, "{method:?} {path}");
}
