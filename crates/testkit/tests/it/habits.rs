//! The habits of the client libraries that no test runs, written to the wire as their HTTP
//! libraries write them: a test for each row of the wire contract's table (section 12), an
//! assertion for each habit. Those of JavaScript and Python run themselves, in `tests/clients`.

mod c_sharp;
mod curl;
mod errors;
mod jvm;
mod lists;
mod mcp;
mod wire;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::ManualClock;
use leasehold_testkit::http::Client;
use leasehold_testkit::within::Server;
use leasehold_wire::context::Item;
use tempfile::TempDir;

use crate::shop::sell;
use wire::Library;

/// A server with the shop of [`sell`], on the first day of 2026.
struct Shop {
    _folder: TempDir,
    server: Server,
    client: Client,
    key: String,
}

impl Shop {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
        let server = Server::start(folder.path(), clock).await;
        let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
        let client = Client::new(server.address(), "apiKey", &key);
        sell(&client, "5").await;
        Self {
            _folder: folder,
            server,
            client,
            key,
        }
    }

    /// A library that sends `headers`, and signs in at once.
    fn library(&self, headers: &[&str]) -> Library {
        let mut library = self.stranger(headers);
        library.headers.push(credentials(&self.key));
        library
    }

    /// A library that sends `headers`, and no credentials.
    fn stranger(&self, headers: &[&str]) -> Library {
        let authority = self.server.address().strip_prefix("http://").unwrap();
        Library {
            authority: authority.to_owned(),
            base: "/core/v2/rest".to_owned(),
            headers: headers.iter().map(|&header| header.to_owned()).collect(),
            headers_without_body: Vec::new(),
        }
    }

    async fn close(self) {
        self.server.stop().await;
    }
}

fn credentials(key: &str) -> String {
    let credentials = STANDARD.encode(format!("apiKey:{key}"));
    format!("Authorization: Basic {credentials}")
}

/// The entries of a product's discount: total price, and the amount by its name.
fn discounts(product: &Item) -> Vec<(String, String)> {
    let amount = |name: &str| name.starts_with("amount");
    let entries = product.lists.iter().filter(|list| list.name == "discount");
    let entries = entries.map(|list| {
        let total = list.properties.iter().find(|of| of.name == "totalPrice");
        let amount = list.properties.iter().find(|of| amount(&of.name)).unwrap();
        let amount = format!("{}={}", amount.name, amount.value);
        (total.unwrap().value.clone(), amount)
    });
    entries.collect()
}

fn pair(total: &str, amount: &str) -> (String, String) {
    (total.to_owned(), amount.to_owned())
}
