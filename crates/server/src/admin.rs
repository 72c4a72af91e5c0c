//! Administration commands: what they do, be it within a running server (through its control
//! socket) or on a store that no server holds.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, NumberKind, VendorNumber};
use leasehold_model::plan::{Feature, Plan};
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::timestamp::format_timestamp;
use leasehold_model::token::ApiKey;
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_seal::digest::hex;
use leasehold_seal::envelope::FILE_LIMIT;
use leasehold_service::numbers;
use leasehold_service::rest::auth::API_KEY_USER;
use leasehold_service::rest::problem::Problem;
use leasehold_store::{Account, Edit, Origin, PasswordHash, StoreError, StoredToken, Write};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::app::{delegation, report, token};
use crate::backup::{self, BackupError};
use crate::demo;
use crate::output::Table;
use crate::state::App;

/// How long what travels behind a command may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// The longest login, in characters.
const LOGIN_LIMIT: usize = 255;

/// What can be asked of a store. It is not printed: it may hold the hash of a password.
#[derive(Serialize, Deserialize)]
pub(crate) enum Command {
    /// Adds a vendor.
    VendorAdd { login: String, password: Hash },
    /// Lists the vendors.
    VendorList,
    /// Changes a vendor's password, which ends its sign-ins.
    VendorPasswd { login: String, password: Hash },
    /// Shows a vendor's plan, after changing it where something is given.
    VendorPlan {
        login: String,
        products: Option<Limit>,
        licensees: Option<Limit>,
        offline_days: Option<Limit>,
        deny: Vec<String>,
        allow: Vec<String>,
    },
    /// Makes an API key.
    TokenAdd {
        login: String,
        role: String,
        licensee: Option<String>,
        expires_ms: Option<i64>,
        name: Option<String>,
    },
    /// Lists API keys, of one vendor or of all.
    TokenList { login: Option<String> },
    /// Revokes the API key of this number, or of this id.
    TokenRevoke { key: String },
    /// Lists the licensees that agents decide about, of one vendor or of all.
    DelegationList { login: Option<String> },
    /// Lets the server decide again about licensees, by number or alias.
    DelegationRelease {
        login: String,
        licensees: Vec<String>,
    },
    /// Merges what an agent reports.
    ReportImport {
        login: String,
        /// Bytes of the file.
        size: usize,
        /// They travel behind the command: whoever calls has read them, who may be somebody else
        /// than the server.
        #[serde(skip)]
        file: Vec<u8>,
    },
    /// Copies the store and the installation's key.
    Backup { file: PathBuf },
    /// Checks the invariants.
    Verify,
}

/// A limit of a plan.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Limit {
    /// There is none.
    Unlimited,
    /// So many.
    AtMost(u32),
}

impl Limit {
    fn count(self) -> Option<u32> {
        match self {
            Self::Unlimited => None,
            Self::AtMost(count) => Some(count),
        }
    }
}

/// A password's hash on its way to the store. Passwords themselves never travel.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hash(Box<str>);

impl From<PasswordHash> for Hash {
    fn from(hash: PasswordHash) -> Self {
        Self(hash.0)
    }
}

/// What a command comes to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// It is done; a sentence says what.
    Done(String),
    /// A list.
    Listed(Table),
    /// A list, and a sentence for people.
    Made { made: Table, note: String },
    /// What `verify` found; nothing when all is well.
    Findings(Vec<String>),
}

/// Why a command is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    /// What was given cannot be.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error("the store cannot be read or written")]
    Store(#[from] StoreError),
    /// The backup failed.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A key cannot be made or told.
    #[error("the API key cannot be used")]
    Key(#[source] Problem),
}

fn refused<T>(why: impl Into<String>) -> Result<T, AdminError> {
    Err(AdminError::Refused(why.into()))
}

impl Command {
    /// What travels behind the command.
    pub(crate) fn attached(&self) -> &[u8] {
        match self {
            Self::ReportImport { file, .. } => file,
            _ => &[],
        }
    }

    /// The same, with what came behind it.
    pub(crate) async fn receive(
        mut self,
        attached: &mut (impl AsyncRead + Unpin),
    ) -> std::io::Result<Self> {
        if let Self::ReportImport { size, file, .. } = &mut self {
            if *size > FILE_LIMIT + 1 {
                return Err(std::io::ErrorKind::FileTooLarge.into());
            }
            file.resize(*size, 0);
            tokio::time::timeout(PATIENCE, attached.read_exact(file)).await??;
        }
        Ok(self)
    }
}

/// Carries out `command`.
pub(crate) async fn execute(app: &App, command: Command) -> Result<Outcome, AdminError> {
    let _alone = app.administration.lock().await;
    let now = app.clock.now();
    match command {
        Command::VendorAdd { login, password } => add_vendor(app, &login, password, now).await,
        Command::VendorList => Ok(Outcome::Listed(vendors(app))),
        Command::VendorPasswd { login, password } => {
            change_password(app, &login, password, now).await
        }
        Command::VendorPlan {
            login,
            products,
            licensees,
            offline_days,
            deny,
            allow,
        } => {
            let mut account = account(app, &login)?;
            let plan = &mut account.vendor.plan;
            let before = plan.clone();
            plan.products = products.map_or(plan.products, Limit::count);
            plan.licensees = licensees.map_or(plan.licensees, Limit::count);
            plan.offline_days = offline_days.map_or(plan.offline_days, Limit::count);
            plan.denied.extend(features(&deny)?);
            for feature in features(&allow)? {
                plan.denied.remove(&feature);
            }
            let plan = plan.clone();
            if plan != before {
                app.store
                    .put_account(account, origin("vendor.plan"), now)
                    .await?;
            }
            Ok(Outcome::Listed(told_plan(&plan)))
        }
        Command::TokenAdd {
            login,
            role,
            licensee,
            expires_ms,
            name,
        } => {
            let Some(role) = ApiKeyRole::parse(&role) else {
                return refused(format!("there is no role '{role}'"));
            };
            let key = ApiKey {
                active: true,
                role,
                licensee: licensee.as_deref().map(licensee_number).transpose()?,
                expires: expires_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
                name: name.map(Into::into),
                custom: Properties::new(),
            };
            add_token(app, &login, key, now).await
        }
        Command::TokenList { login } => tokens(app, login.as_deref()).await,
        Command::TokenRevoke { key } => revoke_token(app, &key, now).await,
        Command::DelegationList { login } => delegations(app, login.as_deref()).await,
        Command::DelegationRelease { login, licensees } => {
            release(app, &login, licensees, now).await
        }
        Command::ReportImport { login, file, .. } => import_report(app, &login, file, now).await,
        Command::Backup { file } => {
            let key_file = backup::make(&app.store, &file).await?;
            Ok(Outcome::Done(format!(
                "The store is in '{}', its key in '{}'. Keep them apart: together they tell \
                 every API key and can sign packages.",
                file.display(),
                key_file.display()
            )))
        }
        Command::Verify => Ok(Outcome::Findings(app.store.verify().await?)),
    }
}

fn origin(action: &'static str) -> Origin {
    Origin {
        actor: "local".into(),
        action,
    }
}

async fn add_vendor(
    app: &App,
    login: &str,
    password: Hash,
    now: Timestamp,
) -> Result<Outcome, AdminError> {
    check_login(login)?;
    if app.store.account_by_login(login).is_some() {
        return refused(format!("there is a vendor '{login}' already"));
    }
    let number = loop {
        let text = numbers::draw(NumberKind::Vendor);
        let number =
            VendorNumber::parse(&text).map_err(|error| AdminError::Refused(error.to_string()))?;
        if app.store.account(&number).is_none() {
            break number;
        }
    };
    let account = Account {
        vendor: Vendor {
            number: number.clone(),
            login: login.into(),
            ttl: TtlMinutes::DEFAULT,
            plan: Plan::default(),
        },
        password: Some(PasswordHash(password.0)),
        revision: 1,
    };
    app.store
        .put_account(account, origin("vendor.create"), now)
        .await?;
    Ok(Outcome::Done(format!(
        "Vendor '{login}' is added and has the number {number}."
    )))
}

/// A login is told from a password by the first colon, and from an API key by its name.
fn check_login(login: &str) -> Result<(), AdminError> {
    if login.is_empty() || login.chars().count() > LOGIN_LIMIT {
        return refused(format!("a login has 1 to {LOGIN_LIMIT} characters"));
    }
    if login.contains(':') || login.chars().any(char::is_control) || login.trim() != login {
        return refused(
            "a login holds no ':' and no control characters, and no blank at either end",
        );
    }
    if login == API_KEY_USER {
        return refused(format!(
            "'{API_KEY_USER}' announces API keys and is no login"
        ));
    }
    Ok(())
}

fn account(app: &App, login: &str) -> Result<Account, AdminError> {
    app.store
        .account_by_login(login)
        .ok_or_else(|| AdminError::Refused(format!("there is no vendor '{login}'")))
}

fn vendors(app: &App) -> Table {
    let mut table = Table::new(&["login", "number"]);
    for account in app.store.accounts() {
        table.push([
            account.vendor.login.to_string(),
            account.vendor.number.to_string(),
        ]);
    }
    table
}

fn features(names: &[String]) -> Result<Vec<Feature>, AdminError> {
    let feature = |name: &String| {
        let found = Feature::parse(name);
        found.ok_or_else(|| AdminError::Refused(format!("there is no feature '{name}'")))
    };
    names.iter().map(feature).collect()
}

fn told_plan(plan: &Plan) -> Table {
    let limit = |limit: Option<u32>| {
        limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string())
    };
    let denied: Vec<_> = plan.denied.iter().map(|feature| feature.as_str()).collect();
    let mut table = Table::new(&["products", "licensees", "maxOfflineDays", "denied"]);
    table.push([
        limit(plan.products),
        limit(plan.licensees),
        limit(plan.offline_days),
        denied.join(","),
    ]);
    table
}

async fn change_password(
    app: &App,
    login: &str,
    password: Hash,
    now: Timestamp,
) -> Result<Outcome, AdminError> {
    let mut account = account(app, login)?;
    if account.vendor.number.as_str() == demo::VENDOR {
        return refused(
            "the demo vendor's password is 'demo' for everybody: add a vendor of your own",
        );
    }
    account.password = Some(PasswordHash(password.0));
    account.revision += 1;
    app.store
        .put_account(account, origin("vendor.password"), now)
        .await?;
    Ok(Outcome::Done(format!(
        "The password of '{login}' is changed; sign-ins with the former one have ended."
    )))
}

fn licensee_number(text: &str) -> Result<LicenseeNumber, AdminError> {
    LicenseeNumber::parse(text)
        .map_err(|error| AdminError::Refused(format!("'{text}' is no licensee: {error}")))
}

async fn add_token(
    app: &App,
    login: &str,
    mut key: ApiKey,
    now: Timestamp,
) -> Result<Outcome, AdminError> {
    let vendor = account(app, login)?.vendor;
    let (number, stored) = token::mint(&app.installation, key.clone()).map_err(AdminError::Key)?;
    let edit = app
        .store
        .edit(&vendor.number, origin("token.create"), now, move |view| {
            let mut stored = stored.clone();
            let mut licensee = None;
            if let Some(asked) = stored.token.licensee() {
                let found = view.licensee(asked.as_str(), |_, aggregate| {
                    aggregate.licensee.number.clone()
                });
                let Some(found) = found else {
                    return refused(format!("there is no licensee '{asked}'"));
                };
                stored.token = stored.token.with_licensee(found.clone());
                licensee = Some(found);
            }
            Ok(Edit {
                outcome: licensee,
                writes: vec![Write::PutToken(stored)],
            })
        });
    key.licensee = edit.await??;
    let mut made = Table::new(&["number", "vendor", "role", "licensee", "expires", "name"]);
    let [role, licensee, expires, name] = told(&key);
    made.push([
        number.to_string(),
        login.to_owned(),
        role,
        licensee,
        expires,
        name,
    ]);
    Ok(Outcome::Made {
        made,
        note: format!(
            "The number is the key: sign in as '{API_KEY_USER}' with it as the password. \
             It is told here once."
        ),
    })
}

async fn tokens(app: &App, login: Option<&str>) -> Result<Outcome, AdminError> {
    let accounts = match login {
        Some(login) => vec![account(app, login)?],
        None => app.store.accounts(),
    };
    let columns = [
        "id", "vendor", "role", "licensee", "expires", "name", "active",
    ];
    let mut table = Table::new(&columns);
    for account in accounts {
        let all = app
            .store
            .read(&account.vendor.number, |view| {
                view.tokens().cloned().collect::<Vec<_>>()
            })
            .await?;
        for stored in all {
            let Some(key) = stored.token.api_key() else {
                continue;
            };
            let [role, licensee, expires, name] = told(key);
            let active = key.active.to_string();
            let login = account.vendor.login.to_string();
            table.push([id(&stored), login, role, licensee, expires, name, active]);
        }
    }
    Ok(Outcome::Listed(table))
}

fn told(key: &ApiKey) -> [String; 4] {
    [
        key.role.as_str().to_owned(),
        key.licensee.as_ref().map(String::from).unwrap_or_default(),
        key.expires.map(format_timestamp).unwrap_or_default(),
        key.name.as_deref().unwrap_or_default().to_owned(),
    ]
}

/// Names a key without telling it: the beginning of its keyed hash.
fn id(stored: &StoredToken) -> String {
    hex(&stored.lookup[..6])
}

async fn delegations(app: &App, login: Option<&str>) -> Result<Outcome, AdminError> {
    let accounts = match login {
        Some(login) => vec![account(app, login)?],
        None => app.store.accounts(),
    };
    let columns = ["vendor", "licensee", "recipient", "generation", "since"];
    let mut table = Table::new(&columns);
    for account in accounts {
        let all = app
            .store
            .read(&account.vendor.number, delegation::list)
            .await?;
        for (licensee, binding) in all {
            table.push([
                account.vendor.login.to_string(),
                licensee.to_string(),
                binding.recipient.to_string(),
                binding.generation.to_string(),
                format_timestamp(binding.since),
            ]);
        }
    }
    Ok(Outcome::Listed(table))
}

async fn release(
    app: &App,
    login: &str,
    licensees: Vec<String>,
    now: Timestamp,
) -> Result<Outcome, AdminError> {
    let vendor = account(app, login)?.vendor.number;
    let released = app
        .store
        .edit(&vendor, origin("agent.release"), now, move |view| {
            delegation::release(view, &licensees)
                .map_err(|problem| AdminError::Refused(problem.to_string()))
        })
        .await??;
    Ok(Outcome::Done(match released.as_slice() {
        [] => "The server decides about them already.".to_owned(),
        released => format!(
            "The server decides again about {}. What their agents give away from now on, it does not \
             know of.",
            named(released)
        ),
    }))
}

async fn import_report(
    app: &App,
    login: &str,
    file: Vec<u8>,
    now: Timestamp,
) -> Result<Outcome, AdminError> {
    let vendor = account(app, login)?.vendor.number;
    let installation = Arc::clone(&app.installation);
    let taken = app
        .store
        .edit(&vendor, origin("agent.report"), now, move |view| {
            report::take(view, &installation, &file)
                .map_err(|problem| AdminError::Refused(problem.to_string()))
        })
        .await??;
    Ok(Outcome::Done(report::sentence(&taken)))
}

fn named(released: &[delegation::Delegated]) -> String {
    let names = released.iter().map(|(licensee, _)| format!("'{licensee}'"));
    names.collect::<Vec<_>>().join(", ")
}

async fn revoke_token(app: &App, key: &str, now: Timestamp) -> Result<Outcome, AdminError> {
    let by_number = app.installation.lookup(key);
    for account in app.store.accounts() {
        let asked = key.to_owned();
        let removed = app
            .store
            .edit(
                &account.vendor.number,
                origin("token.delete"),
                now,
                move |view| {
                    let found: Vec<_> = view
                        .tokens()
                        .filter(|stored| stored.lookup == by_number || id(stored) == asked)
                        .map(|stored| Write::RemoveToken(stored.lookup))
                        .collect();
                    Ok::<_, AdminError>(Edit {
                        outcome: !found.is_empty(),
                        writes: found,
                    })
                },
            )
            .await??;
        if removed {
            let login = &account.vendor.login;
            return Ok(Outcome::Done(format!(
                "The API key of '{login}' is revoked and opens nothing any more."
            )));
        }
    }
    refused("there is no such API key")
}
