//! A running server: store, listener and control socket together.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use leasehold_seal::installation::{InstallationKey, InstallationKeyError};
use leasehold_service::clock::{Clock, SystemClock};
use leasehold_service::rest::cors::Cors;
use leasehold_service::rest::serve::{Listener, serve};
use leasehold_service::rest::tls::{Tls, TlsError, TlsFiles};
use leasehold_store::{DatabaseUrl, Options, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::control;
use crate::demo::{self, DemoError};
use crate::huge_pages;
use crate::password::PasswordError;
use crate::state::{App, Settings};
use crate::webhook::{self, WebhookOptions};

/// The installation's key in the data directory.
pub(crate) const KEY_FILE: &str = "installation.key";

/// How a server is started.
pub struct Config {
    /// The data directory; made where there is none.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Listen in plain HTTP beyond this machine too (decision D11).
    pub insecure_http: bool,
    /// Speak TLS with this certificate; `None`: plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Make the demo vendor, and let it sign in.
    pub demo: bool,
    /// Below which customers reach the shop and their portal; `None`: the address itself.
    pub public_url: Option<String>,
    /// Which web pages may call.
    pub cors: Cors,
    /// How notifications are delivered.
    pub webhooks: WebhookOptions,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How the store is opened, but for its database.
    pub store: Options,
    /// The database that several servers share; `None`: the one in the data directory.
    pub database: Option<DatabaseUrl>,
}

/// Where an installation is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The data directory, with the installation's key.
    pub(crate) data: PathBuf,
    /// See [`Config::database`].
    pub(crate) database: Option<DatabaseUrl>,
}

impl Config {
    /// A server on this machine only, with the system's clock.
    pub fn local(data: PathBuf, bind: SocketAddr) -> Self {
        Self {
            data,
            bind,
            insecure_http: false,
            tls: None,
            demo: false,
            public_url: None,
            cors: Cors::default(),
            webhooks: WebhookOptions::default(),
            clock: Arc::new(SystemClock::default()),
            store: Options::default(),
            database: None,
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Plain HTTP beyond this machine, and nobody said that this is meant.
    #[error(
        "'{0}' is reached from other machines, and requests would travel unencrypted: give --tls-cert and --tls-key, bind to a loopback address, or say --insecure-http"
    )]
    Exposed(SocketAddr),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The store cannot be opened.
    #[error("the store in '{}' cannot be opened", .0.display())]
    Store(PathBuf, #[source] StoreError),
    /// The database that servers share cannot be used.
    #[error("the store in the database cannot be opened")]
    Database(#[source] StoreError),
    /// The installation's key cannot be used.
    #[error("the installation's key cannot be used")]
    Key(#[from] InstallationKeyError),
    /// The address cannot be listened on.
    #[error("cannot listen on '{0}'")]
    Bind(SocketAddr, #[source] io::Error),
    /// The control socket cannot be made.
    #[error("cannot make the control socket in '{}'", .0.display())]
    Control(PathBuf, #[source] io::Error),
    /// Notifications cannot be delivered.
    #[error("the client that delivers notifications cannot be made")]
    Webhooks(#[source] reqwest::Error),
    /// The demo vendor cannot be made.
    #[error("the demo data cannot be made")]
    Demo(#[from] DemoError),
    /// The dummy password cannot be hashed.
    #[error("passwords cannot be verified")]
    Password(#[from] PasswordError),
    /// Opening panicked.
    #[error("opening the store ended abnormally")]
    Panicked(#[source] tokio::task::JoinError),
}

impl StartError {
    /// True when another process has what is needed: not a mistake, and worth another try.
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Store(_, error) | Self::Database(error) => matches!(error, StoreError::Locked(_)),
            Self::Bind(_, error) => error.kind() == io::ErrorKind::AddrInUse,
            _ => false,
        }
    }
}

/// A server that runs. Dropped, it goes on until the runtime ends.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    app: Arc<App>,
    tls: Option<Arc<Tls>>,
    /// The demo vendor's API key, when there is a demo vendor.
    pub(crate) demo_key: Option<String>,
    stop: watch::Sender<()>,
    listener: JoinHandle<io::Result<()>>,
    control: JoinHandle<()>,
    webhooks: JoinHandle<()>,
}

impl Running {
    /// The store, for tests that prepare states which no request can make.
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// What its handlers work with, for tests that make keys.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The base URL of the API.
    pub fn base_url(&self) -> String {
        format!("{}/core/v2/rest", origin(self.address, &self.tls))
    }

    /// Reads the certificate and its key again, where there is TLS; connections that are open keep
    /// the former, and all do when it fails.
    pub fn reload_certificate(&self) -> Result<(), TlsError> {
        self.tls.as_ref().map_or(Ok(()), |tls| tls.reload())
    }

    /// Resolves when the store has stopped after a failed commit: the program should then end.
    pub async fn failed(&self) {
        self.app.store.stopped().await;
    }

    /// Takes no new request, lets running ones end (for ten seconds), and closes the store.
    pub async fn stop(self) -> io::Result<()> {
        self.app.retire();
        drop(self.stop);
        let ended = self.listener.await;
        // Aborted or panicked, it has ended either way.
        let _ended = self.control.await;
        let _ended = self.webhooks.await;
        let app = self.app;
        // Closing waits for the last commit, so it must not hold up an async thread.
        let _closed = spawn_blocking(move || drop(app)).await;
        ended.unwrap_or_else(|failed| Err(io::Error::other(failed)))
    }
}

/// Opens the store and makes the state that commands and handlers work with.
pub(crate) async fn open(
    place: &Place,
    options: Options,
    clock: Arc<dyn Clock>,
    settings: Settings,
) -> Result<App, StartError> {
    let Place { data, database } = place.clone();
    let opened = spawn_blocking(move || {
        let key_file = data.join(KEY_FILE);
        let (store, key) = match database {
            None => {
                let opened = Store::open(&data, options);
                let store = opened.map_err(|error| StartError::Store(data.clone(), error))?;
                (store, InstallationKey::load_or_create(&key_file)?)
            }
            Some(url) => {
                leasehold_store::make_directory(&data).map_err(StartError::Database)?;
                let key = InstallationKey::load_or_create(&key_file)?;
                let options = Options {
                    database: Some(url),
                    fingerprint: Some(key.fingerprint()),
                    ..options
                };
                let opened = Store::open(&data, options);
                (opened.map_err(StartError::Database)?, key)
            }
        };
        Ok(App::new(store, clock, Arc::new(key), settings)?)
    });
    opened.await.map_err(StartError::Panicked)?
}

/// Starts a server; it is ready when this returns.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let is_encrypted = config.tls.is_some();
    if !is_encrypted && !config.insecure_http && !config.bind.ip().is_loopback() {
        return Err(StartError::Exposed(config.bind));
    }
    // Nothing is served yet that the reading of two small files could hold up.
    let tls = config.tls.map(Tls::load).transpose()?.map(Arc::new);
    let unbound = |error| StartError::Bind(config.bind, error);
    let listener = TcpListener::bind(config.bind).await.map_err(unbound)?;
    let address = listener.local_addr().map_err(unbound)?;
    let settings = Settings {
        is_demo: config.demo,
        public_url: config.public_url.unwrap_or_else(|| origin(address, &tls)),
        cors: config.cors,
    };
    let place = Place {
        data: config.data,
        database: config.database,
    };
    huge_pages::allow_for(&place);
    let app = open(&place, config.store, config.clock, settings).await?;
    let app = Arc::new(app);
    let demo_key = match config.demo {
        true => Some(demo::seed(&app).await?),
        false => None,
    };
    let control = control::listen(&place.data)
        .map_err(|error| StartError::Control(place.data.clone(), error))?;

    let (stop, stopped) = watch::channel(());
    let listener = Listener {
        socket: listener,
        tls: tls.clone(),
    };
    let listener = tokio::spawn(serve(Arc::clone(&app), listener, dropped(stopped.clone())));
    let control = tokio::spawn(control::serve(
        Arc::clone(&app),
        control,
        dropped(stopped.clone()),
    ));
    let webhooks = webhook::client(config.webhooks).map_err(StartError::Webhooks)?;
    let webhooks = tokio::spawn(webhook::deliver(
        Arc::clone(&app),
        webhooks,
        dropped(stopped),
    ));
    Ok(Running {
        address,
        app,
        tls,
        demo_key,
        stop,
        listener,
        control,
        webhooks,
    })
}

/// How callers on this machine begin a URL.
fn origin(address: SocketAddr, tls: &Option<Arc<Tls>>) -> String {
    match tls {
        Some(_) => format!("https://{address}"),
        None => format!("http://{address}"),
    }
}

/// Resolves when the sender is dropped, which is the sign to stop.
async fn dropped(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}
