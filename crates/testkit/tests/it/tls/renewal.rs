//! Certificates are renewed under load, and no request fails.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use leasehold_testkit::authority::{Authority, Identity, shown_serial};
use leasehold_testkit::daemon::send;
use leasehold_testkit::programs::Serving;
use reqwest::{Certificate, Client, StatusCode};

use super::{Home, path};

/// How often the certificate is renewed each way.
const RENEWALS: usize = 5;
const LONG_RENEWALS: usize = 40;

/// Callers that keep their connection, and callers that come anew each time.
const KEEPING: usize = 4;
const COMING: usize = 4;

/// Far beyond what a renewal takes.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn renewing_the_certificate_under_load_fails_no_request() {
    let (home, authority) = (Home::new().await, Authority::new());
    let (certificate, key) = (
        home.folder().join("cert.pem"),
        home.folder().join("key.pem"),
    );
    let identities: [Identity; 2] = [authority.server("one"), authority.server("two")];
    identities[0].install(&certificate, &key);
    let agent = Serving::agent_with(
        &home.folder(),
        &["--tls.cert=cert.pem", "--tls.key=key.pem"],
    );
    let address = agent.address().trim_start_matches("https://").to_owned();
    let load = Load::start(&home, agent.address(), &authority);

    let renewals = match std::env::var_os("LEASEHOLD_LONG") {
        Some(_) => LONG_RENEWALS,
        None => RENEWALS,
    };
    let mut at = 0;
    for _ in 0..renewals {
        at = 1 - at;
        identities[at].install(&certificate, &key);
        send("HUP", &[agent.id()]);
        until_shown(&address, &identities[at]);
    }
    for _ in 0..renewals {
        at = 1 - at;
        identities[at].install(&certificate, &key);
        until_shown(&address, &identities[at]);
    }
    // Files that cannot be used change nothing.
    std::fs::write(&key, "no key").unwrap();
    send("HUP", &[agent.id()]);
    let deadline = Instant::now() + PATIENCE;
    while !agent.written().contains("the certificate was not renewed") {
        assert!(Instant::now() < deadline, "{}", agent.written());
        tokio::task::yield_now().await;
    }
    assert_eq!(shown_serial(&address), identities[at].serial());

    let (answered, failed) = load.stop().await;
    assert_eq!(failed, 0);
    assert!(answered > 100, "{answered}");
    assert!(agent.stop().success());
    println!(
        "tls renewal: {renewals} by SIGHUP, {renewals} by file, 1 refused; {answered} requests of {} callers answered, {failed} failed",
        KEEPING + COMING
    );
    println!("tls renewal: {} passed, 0 failed", 2 * renewals + 1);
}

fn until_shown(address: &str, identity: &Identity) {
    let (expected, deadline) = (identity.serial(), Instant::now() + PATIENCE);
    while shown_serial(address) != expected {
        assert!(Instant::now() < deadline, "the certificate was not renewed");
    }
}

struct Load {
    is_over: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
    callers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(home: &Home, address: &str, authority: &Authority) -> Self {
        let pem = std::fs::read(PathBuf::from(path(&authority.certificate()))).unwrap();
        let mut load = Self {
            is_over: Arc::default(),
            answered: Arc::default(),
            failed: Arc::default(),
            callers: Vec::new(),
        };
        for caller in 0..KEEPING + COMING {
            let idle = if caller < KEEPING { 1 } else { 0 };
            let client = Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(idle)
                .tls_certs_only([Certificate::from_pem(&pem).unwrap()])
                .build()
                .unwrap();
            let url = format!("{address}/rest/licensee/I1/validate");
            let key = home.key.clone();
            let (is_over, answered, failed) = (
                Arc::clone(&load.is_over),
                Arc::clone(&load.answered),
                Arc::clone(&load.failed),
            );
            load.callers.push(tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let request = client.post(&url).basic_auth("apiKey", Some(&key));
                    let request = request.form(&[("dryRun", "true")]);
                    let counter = match request.send().await {
                        Ok(answer) if answer.status() == StatusCode::OK => {
                            // Read to its end, so that the connection is free again.
                            answer.bytes().await.map_or(&failed, |_| &answered)
                        }
                        _ => &failed,
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        load
    }

    /// Requests that were answered, and that were not.
    async fn stop(self) -> (u64, u64) {
        self.is_over.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.unwrap();
        }
        (
            self.answered.load(Ordering::Relaxed),
            self.failed.load(Ordering::Relaxed),
        )
    }
}
