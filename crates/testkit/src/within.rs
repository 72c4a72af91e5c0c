//! Server and agent within the test's own process, on a clock that is set by hand and on a free
//! loopback port.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_agent::cli::{Auth, PassphraseSource};
use leasehold_agent::{AgentError, ImportOrder};
use leasehold_model::number::{LicenseeNumber, VendorNumber};
use leasehold_model::plan::Plan;
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_seal::installation::InstallationKey;
use leasehold_seal::secret::Secret;
use leasehold_server::{Config, Running};
use leasehold_service::clock::{Clock, ManualClock};
use leasehold_store::{Account, DatabaseUrl, Edit, Options, Origin, PasswordHash, Write};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::engine::database_of;
use crate::offline::PASSPHRASE;

/// The password of vendors that have one.
pub const PASSWORD: &str = "a password for tests";

/// Made once, since making it takes a moment on purpose.
const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdCBvZiBhIHRlc3QuLg$v+t3zAKOyBMMjkDJLtDNECAziNXs2OTYH1XEP7qLNk0";

/// A server.
pub struct Server {
    running: Running,
    address: String,
    installation: InstallationKey,
    clock: Arc<ManualClock>,
}

impl Server {
    /// Starts one on a new store in `folder`.
    pub async fn start(folder: &Path, clock: Arc<ManualClock>) -> Self {
        Self::start_with(folder, clock, Options::default()).await
    }

    /// The same with a store that is opened with `options`.
    pub async fn start_with(folder: &Path, clock: Arc<ManualClock>, options: Options) -> Self {
        let anywhere = (Ipv4Addr::LOCALHOST, 0).into();
        let mut config = Config::local(folder.to_owned(), anywhere);
        config.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        config.database = database_of(folder).map(|url| DatabaseUrl(url.into()));
        config.store = options;
        let running = leasehold_server::start(config).await.unwrap();
        // The server has made its key by now; we take the same one.
        let key = folder.join("installation.key");
        Self {
            address: format!("http://{}", running.address),
            running,
            installation: InstallationKey::load_or_create(&key).unwrap(),
            clock,
        }
    }

    /// Where it serves: `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Adds a vendor that nobody can sign in as, and returns an API key of it that may do
    /// everything.
    pub async fn add_vendor(&self, name: &str, ttl: TtlMinutes) -> String {
        self.put_account(account(name, ttl)).await;
        self.add_key(name, ApiKeyRole::Admin).await
    }

    /// Adds a vendor that signs in by its name and [`PASSWORD`].
    pub async fn add_login(&self, name: &str) {
        let mut account = account(name, TtlMinutes::DEFAULT);
        account.password = Some(PasswordHash(PASSWORD_HASH.into()));
        self.put_account(account).await;
    }

    /// Puts a vendor that nobody can sign in as on a plan.
    pub async fn put_plan(&self, name: &str, plan: Plan) {
        let mut account = account(name, TtlMinutes::DEFAULT);
        account.vendor.plan = plan;
        self.put_account(account).await;
    }

    async fn put_account(&self, account: Account) {
        let now = self.clock.now();
        self.running
            .store()
            .put_account(account, origin(), now)
            .await
            .unwrap();
    }

    /// Adds an API key to a vendor, and returns its number.
    pub async fn add_key(&self, vendor: &str, role: ApiKeyRole) -> String {
        self.add_key_for(vendor, role, None).await
    }

    /// Adds an API key that may be for one licensee alone, and returns its number.
    pub async fn add_key_for(
        &self,
        vendor: &str,
        role: ApiKeyRole,
        licensee: Option<&str>,
    ) -> String {
        let key = ApiKey {
            active: true,
            role,
            licensee: licensee.map(|number| LicenseeNumber::parse(number).unwrap()),
            expires: None,
            name: None,
            custom: Properties::new(),
        };
        let (number, stored) = leasehold_server::app::token::mint(&self.installation, key).unwrap();
        self.write(vendor, vec![Write::PutToken(stored)]).await;
        number.as_str().to_owned()
    }

    /// Writes straight into the store, past all that a request is judged by.
    pub async fn write(&self, vendor: &str, writes: Vec<Write>) {
        let vendor = VendorNumber::parse(vendor).unwrap();
        let edit = move |_: &leasehold_store::VendorView<'_>| {
            Ok::<_, std::convert::Infallible>(Edit {
                outcome: (),
                writes: writes.clone(),
            })
        };
        let now = self.clock.now();
        let done = self
            .running
            .store()
            .edit(&vendor, origin(), now, edit)
            .await;
        let Ok(()) = done.unwrap();
    }

    /// Ends it.
    pub async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}

/// An agent that answers offline.
pub struct Agent {
    address: String,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
}

impl Agent {
    /// Imports the packages that lie in `folder` into it, and serves from there.
    pub async fn import_and_start(folder: &Path, clock: Arc<ManualClock>) -> Self {
        import(folder, folder, clock.now()).await.unwrap();
        let agent = leasehold_agent::Agent::open(folder, Auth::ApiKey, clock);
        let agent = agent.await.unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            // A sender that was dropped means the same.
            let _ = stopped.await;
        };
        Self {
            address,
            stop,
            ended: tokio::spawn(leasehold_agent::serve(agent, listener, stopped)),
        }
    }

    /// Where it serves: `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Ends it.
    pub async fn stop(self) {
        // Fails only when it has ended already.
        let _ = self.stop.send(());
        self.ended.await.unwrap().unwrap();
    }
}

/// Imports the packages in `input`, sealed with [`PASSPHRASE`] or not at all, into the agent's
/// working directory `folder`.
pub async fn import(input: &Path, folder: &Path, now: Timestamp) -> Result<(), AgentError> {
    let order = ImportOrder {
        work_dir: folder,
        input,
        passphrase: &PassphraseSource::Given(Secret::new(PASSPHRASE.to_owned())),
        vendor_key: None,
        force: false,
    };
    leasehold_agent::import(&order, now).await.map(|_| ())
}

fn account(name: &str, ttl: TtlMinutes) -> Account {
    Account {
        vendor: Vendor {
            number: VendorNumber::parse(name).unwrap(),
            login: name.into(),
            ttl,
            plan: Plan::default(),
        },
        password: None,
        revision: 0,
    }
}

fn origin() -> Origin {
    Origin {
        actor: "local".into(),
        action: "test.prepare",
    }
}
