//! Who may do what: every route of the table with every role (wire contract, section 6).

use leasehold_model::role::{ApiKeyRole, Operation};
use leasehold_service::rest::call::Method;
use leasehold_service::rest::serve::Application;
use leasehold_wire::media::Media;

use crate::support::Server;

/// The lines of a request to every route, with what each one wants.
fn lines(server: &Server, number: &str) -> Vec<(String, Operation)> {
    let routes = server.app.routes().iter();
    routes
        .map(|route| {
            let method = match route.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Delete => "DELETE",
            };
            let path: Vec<&str> = route
                .path
                .split('/')
                .map(|word| if word.starts_with('{') { number } else { word })
                .collect();
            (format!("{method} {}", path.join("/")), route.operation)
        })
        .collect()
}

/// Whether a token may be created depends on its type.
fn form(operation: Operation) -> &'static str {
    match operation {
        Operation::CreateToken => "tokenType=SHOP&licenseeNumber=I2",
        _ => "",
    }
}

#[tokio::test]
async fn a_role_may_do_what_the_matrix_says() {
    let server = Server::start().await;
    let mut callers = vec![(server.login().await, None)];
    for role in ApiKeyRole::ALL {
        callers.push((server.key("V1", role, None).await, Some(role)));
    }
    for (key, role) in &callers {
        for (line, operation) in lines(&server, "nothing") {
            let form = form(operation);
            let status = server.ask(key, Media::Json, &line, form).await.status;
            let may = role.is_none_or(|role| role.may(operation));
            assert_eq!(status == 403, !may, "{line} as {role:?}: {status}");
            assert!(
                ![401, 429, 500].contains(&status),
                "{line} as {role:?}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn a_key_for_one_licensee_opens_that_one_only() {
    let server = Server::start().await;
    let admin = server.admin("V1").await;
    server
        .prepare(
            &admin,
            &[
                "POST /product number=P1&name=Painter",
                "POST /licensee productNumber=P1&number=I1&aliases=acme",
                "POST /licensee productNumber=P1&number=I2&markedForTransfer=true",
            ],
        )
        .await;
    // Its role does not matter: not even an administrator's key opens more.
    for role in [ApiKeyRole::Licensee, ApiKeyRole::Admin] {
        let key = server.key("V1", role, Some("I1")).await;
        for (line, operation) in lines(&server, "I2") {
            let form = form(operation);
            let answer = server.ask(&key, Media::Json, &line, form).await;
            assert_eq!(answer.status, 403, "{line}: {operation:?}");
        }
        for own in ["I1", "acme"] {
            let validate = format!("POST /licensee/{own}/validate");
            server.expect(&key, 200, &validate, "").await;
            let transfer = format!("POST /licensee/{own}/transfer");
            server
                .expect(&key, 204, &transfer, "sourceLicenseeNumber=I2")
                .await;
        }
    }
}

#[tokio::test]
async fn a_key_follows_its_licensee() {
    let server = Server::start().await;
    let admin = server.admin("V1").await;
    server
        .prepare(
            &admin,
            &[
                "POST /product number=P1&name=Painter",
                "POST /licensee productNumber=P1&number=I1",
            ],
        )
        .await;
    let key = server.key("V1", ApiKeyRole::Licensee, Some("I1")).await;
    server
        .prepare(&admin, &["POST /licensee/I1 number=I2"])
        .await;
    server
        .expect(&key, 200, "POST /licensee/I2/validate", "")
        .await;
    // A licensee made later under its number is another one.
    server.prepare(&admin, &["DELETE /licensee/I2"]).await;
    server
        .prepare(&admin, &["POST /licensee productNumber=P1&number=I2"])
        .await;
    server
        .expect(&key, 401, "POST /licensee/I2/validate", "")
        .await;
}
