//! An agent behind nginx, as the guide says: HTTPS in front of it, at the root and below a path; the
//! npm client validates through it.

use std::path::Path;
use std::process::Command;

use leasehold_testkit::authority::Authority;
use leasehold_testkit::installation::{Installation, LOGIN, PASSWORD};
use leasehold_testkit::nginx::Nginx;
use leasehold_testkit::offline;
use leasehold_testkit::programs::{Serving, run_well};

use crate::npm;

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_nginx_speaks_https_in_front_of_an_agent() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    // Makes the licensee whom the agent is asked about.
    npm::check(&["server", server.address(), LOGIN, PASSWORD], None);
    let key = [("tokenType", "APIKEY"), ("name", "behind nginx")];
    let key = client.make("/token", &key).await;
    let key = key.get("number").unwrap();
    // The client writes credits off, so each agent has a store of its own.
    let folders = ["at the root", "below a path"].map(|name| installation.beside(name));
    for folder in &folders {
        offline::carry(server.address(), &["I-OFFLINE"], folder);
    }
    assert!(server.stop().success());

    let authority = Authority::new();
    let identity = authority.server("nginx");
    let trusted = authority.certificate();
    let mut checks = 0;
    for (path, folder) in ["", "/license"].into_iter().zip(&folders) {
        let base_path = format!("--base-path={path}");
        let agent = Serving::agent_with(folder, &[&base_path]);
        let location = format!("location {path}/ {{");
        let nginx = Nginx::start(agent.address(), &identity, &[("location / {", &location)]);
        let base = format!("{}{path}", nginx.https);
        npm::check(&["agent", &base, key], Some(&trusted));
        let asking = Asking {
            trusted: &trusted,
            key,
        };

        let validate = format!("{base}/rest/licensee/I-OFFLINE/validate");
        let fine = asking.status(&validate, &["--data", "dryRun=true"]);
        assert_eq!(fine, "200");
        // An encoded slash is no way out of the path.
        let encoded = format!("{base}/rest/licensee/..%2f..%2fetc%2fpasswd/validate");
        assert_eq!(asking.status(&encoded, &["--data", ""]), "404");
        let plain = format!("{}{path}/rest/licensee/I-OFFLINE/validate", nginx.http);
        assert_eq!(asking.status(&plain, &[]), "301");

        // Guesses count for who makes them, as nginx says, and not for nginx.
        let guess = |from: &str| {
            let options = ["--interface", from, "--user", "apiKey:guess", "--data", ""];
            asking.status(&validate, &options)
        };
        let guesses: Vec<String> = (0..11).map(|_| guess("127.0.0.2")).collect();
        assert_eq!(guesses[..10], ["401"; 10]);
        assert_eq!(guesses[10], "429");
        assert_eq!(guess("127.0.0.3"), "401");

        checks += 5;
        if path.is_empty() {
            // The page tells the address by which it was reached.
            let status = asking.body(&format!("{base}/agent/status"));
            let url = format!("\"url\":\"{base}/rest\"");
            assert!(status.contains(&url), "{status}");
            assert_eq!(asking.status(&format!("{base}/readyz"), &[]), "200");
            checks += 2;
        } else {
            let outside = format!("{}/agent/status", nginx.https);
            assert_eq!(asking.status(&outside, &[]), "404");
            checks += 1;
        }
        assert!(agent.stop().success());
    }
    println!("nginx, at the root and below a path: {checks} passed, 0 failed");
}

struct Asking<'a> {
    trusted: &'a Path,
    key: &'a str,
}

impl Asking<'_> {
    fn curl(&self, url: &str, options: &[&str]) -> String {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--max-time",
            "30",
        ]);
        curl.arg("--cacert").arg(self.trusted);
        curl.arg("--user").arg(format!("apiKey:{}", self.key));
        run_well(curl.args(options).arg(url))
    }

    fn status(&self, url: &str, options: &[&str]) -> String {
        let only = ["--output", "/dev/null", "--write-out", "%{http_code}"];
        self.curl(url, &[&only, options].concat())
    }

    fn body(&self, url: &str) -> String {
        self.curl(url, &[])
    }
}
