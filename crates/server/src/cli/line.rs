//! What can be typed: the commands, their options, and how values are read.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use leasehold_model::plan::Feature;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::timestamp::parse_timestamp;
use leasehold_store::{DatabaseUrl, Location};

use crate::admin::Limit;
use crate::config::ServeOptions;
use crate::output::Format;

/// A self-hosted licensing server that speaks the NetLicensing API
#[derive(Parser)]
#[command(name = "leasehold", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) action: Action,
}

#[derive(Args)]
pub(super) struct Common {
    /// The data directory [default: ./leasehold-data]
    #[arg(long, global = true, value_name = "DIR", env = "LEASEHOLD_DATA")]
    pub(super) data: Option<PathBuf>,
    /// A PostgreSQL database in place of the one in the data directory, for example
    /// postgres://leasehold:PASSWORD@db.example/leasehold; several servers may share it
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "LEASEHOLD_DATABASE",
        hide_env_values = true
    )]
    pub(super) database: Option<String>,
    /// A configuration file (TOML) with the same keys as the options
    #[arg(long, global = true, value_name = "FILE", env = "LEASEHOLD_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// How lists are printed
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        env = "LEASEHOLD_OUTPUT",
        default_value = "table"
    )]
    pub(super) output: Format,
}

#[derive(Subcommand)]
pub(super) enum Action {
    /// Serve the API
    Serve(ServeOptions),
    /// Add and list vendors, change their passwords
    #[command(subcommand)]
    Vendor(VendorAction),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Token(TokenAction),
    /// Merge what agents report
    #[command(subcommand)]
    Report(ReportAction),
    /// List and release what agents decide in the server's place
    #[command(subcommand)]
    Delegation(DelegationAction),
    /// Copy the store to FILE and its key to FILE.key, while serving or not
    Backup {
        /// A file that does not exist yet
        file: PathBuf,
    },
    /// Put a backup in place as a new data directory
    Restore {
        /// The backup; its key is expected in FILE.key
        file: PathBuf,
        /// Only check the backup
        #[arg(long)]
        check: bool,
    },
    /// Check the store's invariants and name what is wrong
    Verify,
    /// Move an installation from the data directory to PostgreSQL, or back, while no server runs
    MigrateStore {
        /// A data directory, or postgres://…
        #[arg(long, value_name = "PLACE", value_parser = location)]
        from: Location,
        /// The other: an empty database, or a data directory without a store
        #[arg(long, value_name = "PLACE", value_parser = location)]
        to: Location,
    },
    /// Print what a shell completes a command line by
    Completions {
        /// Which shell's
        shell: Shell,
    },
    /// Write the manual's pages
    Man {
        /// A directory that exists
        directory: PathBuf,
    },
}

#[derive(Subcommand)]
pub(super) enum VendorAction {
    /// Add a vendor; the password comes from LEASEHOLD_PASSWORD, LEASEHOLD_PASSWORD_FILE or a prompt
    Add(Login),
    /// List the vendors
    List,
    /// Change a vendor's password, which ends its sign-ins
    Passwd(Login),
    /// Show or change what a vendor may do
    Plan {
        /// Whose plan it is
        #[arg(value_name = "VENDOR")]
        login: String,
        /// At most so many products, or unlimited
        #[arg(long, value_name = "COUNT", value_parser = limit)]
        products: Option<Limit>,
        /// At most so many licensees, or unlimited
        #[arg(long, value_name = "COUNT", value_parser = limit)]
        licensees: Option<Limit>,
        /// An agent may answer so many days from one package, or unlimited; counts from the next export
        #[arg(long, value_name = "DAYS", value_parser = limit)]
        max_offline_days: Option<Limit>,
        /// Leave out a feature: a licensing model, Bundle, Notification, SignedReplies or Export
        #[arg(long, value_name = "FEATURE", value_parser = feature, value_delimiter = ',')]
        deny: Vec<Feature>,
        /// Let it have a feature again
        #[arg(long, value_name = "FEATURE", value_parser = feature, value_delimiter = ',')]
        allow: Vec<Feature>,
    },
}

#[derive(Args)]
pub(super) struct Login {
    /// The name to sign in with
    pub(super) login: String,
    /// Read the password from the standard input
    #[arg(long)]
    pub(super) password_stdin: bool,
}

#[derive(Subcommand)]
pub(super) enum TokenAction {
    /// Make an API key, and tell it once
    Add {
        /// Whose it is
        #[arg(value_name = "VENDOR")]
        login: String,
        /// licensee, analytics, operation, maintenance or admin
        #[arg(long, default_value = "licensee", value_parser = role)]
        role: ApiKeyRole,
        /// The one licensee the key is for
        #[arg(long, value_name = "NUMBER")]
        licensee: Option<String>,
        /// When it ends: a date, or a date and time
        #[arg(long, value_name = "TIME", value_parser = instant)]
        expires: Option<jiff::Timestamp>,
        /// What it is called
        #[arg(long)]
        name: Option<String>,
    },
    /// List API keys; their numbers are not told
    List {
        /// Of one vendor only
        #[arg(value_name = "VENDOR")]
        login: Option<String>,
    },
    /// Revoke an API key
    Revoke {
        /// Its id as listed, or its number
        key: String,
    },
}

#[derive(Subcommand)]
pub(super) enum ReportAction {
    /// Merge an agent's report; the same one again changes nothing
    Import {
        /// Whose licensees it is about
        #[arg(value_name = "VENDOR")]
        login: String,
        /// N_netlicensing-report.xml
        file: PathBuf,
    },
}

#[derive(Subcommand)]
pub(super) enum DelegationAction {
    /// List the licensees whose seats, nodes and credits an agent gives away
    List {
        /// Of one vendor only
        #[arg(value_name = "VENDOR")]
        login: Option<String>,
    },
    /// Let the server give them away again, whatever the agent does
    Release {
        /// Whose licensees they are
        #[arg(value_name = "VENDOR")]
        login: String,
        /// By number or alias
        #[arg(value_name = "LICENSEE", required = true)]
        licensees: Vec<String>,
    },
}

fn role(text: &str) -> Result<ApiKeyRole, String> {
    let id = format!("ROLE_APIKEY_{}", text.to_ascii_uppercase());
    ApiKeyRole::parse(text)
        .or_else(|| ApiKeyRole::parse(&id))
        .ok_or_else(|| "expected licensee, analytics, operation, maintenance or admin".to_owned())
}

fn limit(text: &str) -> Result<Limit, String> {
    if text == "unlimited" {
        return Ok(Limit::Unlimited);
    }
    let count = text.parse().map_err(|_| "expected a count, or unlimited")?;
    Ok(Limit::AtMost(count))
}

fn feature(text: &str) -> Result<Feature, String> {
    Feature::parse(text).ok_or_else(|| {
        "expected a licensing model, Bundle, Notification, SignedReplies or Export".to_owned()
    })
}

fn instant(text: &str) -> Result<jiff::Timestamp, String> {
    parse_timestamp(text).ok_or_else(|| "expected 2027-01-31 or 2027-01-31T12:00:00Z".to_owned())
}

fn location(text: &str) -> Result<Location, std::convert::Infallible> {
    Ok(
        match text.starts_with("postgres://") || text.starts_with("postgresql://") {
            true => Location::Database(DatabaseUrl(text.into())),
            false => Location::Directory(PathBuf::from(text)),
        },
    )
}
