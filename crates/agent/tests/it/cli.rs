//! Command lines, and what they come to.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use leasehold_agent::AgentError;
use leasehold_agent::cli::{
    Auth, Command, Config, Edge, Line, LogFormat, PassphraseSource, PasswordSource, RunOffline,
    Sealing, Shell, VendorKey, parse, resolve,
};
use leasehold_seal::secret::Secret;
use proptest::prelude::*;

/// A line, variables, and the text of the configuration file.
#[derive(Default)]
pub(crate) struct Given<'a> {
    pub(crate) line: &'a [&'a str],
    pub(crate) variables: &'a [(&'a str, &'a str)],
    pub(crate) file: Option<&'a str>,
}

impl Given<'_> {
    pub(crate) fn config(&self) -> Result<Config, AgentError> {
        let flags = match parse(self.line.iter().map(OsString::from))? {
            Line::Flags(flags) => flags,
            other => panic!("{other:?}"),
        };
        let variables: BTreeMap<&str, &str> = self.variables.iter().copied().collect();
        let variable = |name: &str| variables.get(name).map(|text| (*text).to_owned());
        let read = |path: &Path| {
            let is_default = path.ends_with("leasehold-agent.toml");
            Ok(self.file.filter(|_| is_default).map(str::to_owned))
        };
        resolve(&flags, &variable, &read)
    }
}

pub(crate) fn config(line: &[&str]) -> Config {
    let given = Given {
        line,
        ..Given::default()
    };
    given
        .config()
        .unwrap_or_else(|error| panic!("{line:?}: {error}"))
}

pub(crate) fn refusal(given: &Given<'_>) -> String {
    let error = given.config().expect_err("the line is wrong");
    assert_eq!(error.exit_code(), 2);
    error.line()
}

const EXPORT: &[&str] = &[
    "--action=export-assets",
    "--core.base.host=https://go.example",
    "--nlic.username=acme",
    "--nlic.password-file=secret",
    "--licensees=I1",
    "--without-card",
];

fn with<'a>(line: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [line, more].concat()
}

#[test]
fn the_originals_line_is_understood() {
    let line = [
        "-a",
        "export-assets",
        "--core.base.host",
        "https://go.example/",
        "-u",
        "acme",
        "-p",
        "pass",
        "-l",
        "I1,I2",
        "-l",
        "I3",
        "-o",
        "out",
        "-f",
        "--without-card",
        "--verbose",
    ];
    let config = config(&line);
    assert!(config.verbose);
    let Command::Export(export) = config.command else {
        panic!();
    };
    assert_eq!(export.host.to_string(), "https://go.example");
    assert_eq!(export.username, "acme");
    let pass = Secret::new("pass".to_owned());
    assert_eq!(export.password, PasswordSource::Given(pass));
    let licensees: Vec<_> = export
        .licensees
        .iter()
        .map(|number| number.as_str())
        .collect();
    assert_eq!(licensees, ["I1", "I2", "I3"]);
    assert_eq!(export.output, PathBuf::from("./out"));
    assert_eq!(export.sealing, Sealing::Passphrase(PassphraseSource::None));
    assert!(export.force && !export.shared);
    assert!(config.warnings.is_empty());
}

#[test]
fn short_options_take_their_value_in_three_ways() {
    let spellings: [&[&str]; 3] = [
        &["-p", "x", "-u", "acme"],
        &["-p=x", "-u=acme"],
        &["-px", "-uacme"],
    ];
    for spelling in spellings {
        let line = with(
            &[
                "export-assets",
                "-l=I1",
                "--core.base.host=https://a.example",
                "--without-card",
            ],
            spelling,
        );
        let Command::Export(export) = config(&line).command else {
            panic!();
        };
        let password = PasswordSource::Given(Secret::new("x".to_owned()));
        assert_eq!(
            (export.username.as_str(), export.password),
            ("acme", password)
        );
    }
}

#[test]
fn defaults_are_those_of_the_specification() {
    let config = config(&["run-offline"]);
    assert_eq!(config.work_dir, PathBuf::from("."));
    assert_eq!(config.log_format, LogFormat::Auto);
    let expected = RunOffline {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 8080,
        auth: Auth::ApiKey,
        tls: None,
        edge: Edge::default(),
        metrics: None,
    };
    assert_eq!(config.command, Command::RunOffline(expected));
    assert!(config.warnings.is_empty());
}

#[test]
fn paths_start_from_the_working_directory() {
    let line = [
        "import-assets",
        "--work-dir=/w",
        "-i",
        "in",
        "--passphrase-file=/p/f",
        "--vendor-key=k",
    ];
    let Command::Import(import) = config(&line).command else {
        panic!();
    };
    assert_eq!(import.input, PathBuf::from("/w/in"));
    assert_eq!(import.passphrase, PassphraseSource::File("/p/f".into()));
    assert_eq!(import.vendor_key, Some(VendorKey::File("/w/k".into())));
    let fingerprint = "AB".repeat(32);
    let line = ["import-assets", "--vendor-key", &fingerprint];
    let Command::Import(import) = config(&line).command else {
        panic!();
    };
    let expected = VendorKey::Fingerprint(fingerprint.to_lowercase());
    assert_eq!(import.vendor_key, Some(expected));
}

#[test]
fn the_order_is_flag_variable_file_default() {
    let port = |line: &[&str], variables: &[(&str, &str)], file| {
        let given = Given {
            line,
            variables,
            file,
        };
        match given.config().unwrap().command {
            Command::RunOffline(order) => order.port,
            other => panic!("{other:?}"),
        }
    };
    let variable = [("LEASEHOLD_AGENT_PORT", "2")];
    let file = Some("port = 3");
    assert_eq!(port(&["run-offline", "--port=1"], &variable, file), 1);
    assert_eq!(port(&["run-offline"], &variable, file), 2);
    assert_eq!(
        port(&["run-offline"], &[("LEASEHOLD_AGENT_PORT", "")], file),
        3
    );
    assert_eq!(port(&["run-offline"], &[], None), 8080);
}

#[test]
fn everything_can_come_from_variables_or_the_file() {
    let by_flags = config(&with(
        EXPORT,
        &["--plaintext", "--vendor-key=k", "--output=o"],
    ));
    let by_variables = Given {
        variables: &[
            ("LEASEHOLD_AGENT_ACTION", "export-assets"),
            ("LEASEHOLD_AGENT_CORE_BASE_HOST", "https://go.example"),
            ("LEASEHOLD_AGENT_NLIC_USERNAME", "acme"),
            ("LEASEHOLD_AGENT_NLIC_PASSWORD_FILE", "secret"),
            ("LEASEHOLD_AGENT_LICENSEES", "I1"),
            ("LEASEHOLD_AGENT_WITHOUT_CARD", "true"),
            ("LEASEHOLD_AGENT_PLAINTEXT", "true"),
            ("LEASEHOLD_AGENT_VENDOR_KEY", "k"),
            ("LEASEHOLD_AGENT_OUTPUT", "o"),
        ],
        ..Given::default()
    };
    assert_eq!(by_variables.config().unwrap(), by_flags);
    let by_file = Given {
        file: Some(
            "action = 'export-assets'\nlicensees = ['I1']\nwithout-card = true\nplaintext = true\n\
             vendor-key = 'k'\noutput = 'o'\n[core.base]\nhost = 'https://go.example'\n\
             [nlic]\nusername = 'acme'\npassword-file = 'secret'\n",
        ),
        ..Given::default()
    };
    assert_eq!(by_file.config().unwrap(), by_flags);
}

#[test]
fn of_contradicting_options_the_stronger_source_prevails() {
    let sealing = |line: &[&str], variables: &[(&str, &str)]| {
        let line = with(EXPORT, line);
        let given = Given {
            line: &line,
            variables,
            file: None,
        };
        match given.config().unwrap().command {
            Command::Export(export) => export.sealing,
            other => panic!("{other:?}"),
        }
    };
    let variable = [("LEASEHOLD_AGENT_PASSPHRASE", "words")];
    assert_eq!(sealing(&["--plaintext"], &variable), Sealing::Plaintext);
    let words = PassphraseSource::Given(Secret::new("words".to_owned()));
    assert_eq!(sealing(&[], &variable), Sealing::Passphrase(words));
    let file = PassphraseSource::File("./f".into());
    assert_eq!(
        sealing(&["--passphrase-file=f"], &variable),
        Sealing::Passphrase(file)
    );
}

#[test]
fn wrong_lines_name_the_option() {
    let wrong: &[(&[&str], &str)] = &[
        (
            &[],
            "Option --action: missing; there are export-assets, import-assets, run-agent-offline, ",
        ),
        (
            &["--action="],
            "Option --action: '' is unknown; there are export-assets, import-assets, run-agent-offline, ",
        ),
        (
            &["fly"],
            "Option --action: 'fly' is unknown; there are export-assets, import-assets, run-agent-offline, ",
        ),
        (
            &["run-offline", "import-assets"],
            "Option --action: given more than once",
        ),
        (
            &["run-offline", "--colour"],
            "Option --colour: unknown; see --help",
        ),
        (&["run-offline", "-x"], "Option -x: unknown; see --help"),
        (&["run-offline", "-fh"], "Option -f: unknown; see --help"),
        (
            &["run-offline", "--port=1", "--port", "1"],
            "Option --port: given more than once",
        ),
        (&["run-offline", "--port"], "Option --port: needs a value"),
        (
            &["run-offline", "--port", "--verbose"],
            "Option --port: needs a value",
        ),
        (
            &["run-offline", "--port=70000"],
            "Option --port: expected a number from 0 to 65535",
        ),
        (
            &["run-offline", "--bind=here"],
            "Option --bind: expected an IP address",
        ),
        (
            &["run-offline", "--bind=0.0.0.0"],
            "Option --bind: plain HTTP beyond this machine would show API keys",
        ),
        (
            &[
                "run-offline",
                "--bind=0.0.0.0",
                "--auth=none",
                "--insecure-http",
            ],
            "Option --auth: 'none' is allowed on a loopback address, or over TLS",
        ),
        (
            &["run-offline", "--auth=maybe"],
            "Option --auth: expected apikey or none",
        ),
        (
            &["run-offline", "--verbose=loud"],
            "Option --verbose: takes no value",
        ),
        (
            &["run-offline", "--log-format=xml"],
            "Option --log-format: expected text, json or auto",
        ),
        (
            &["import-assets", "--config=none.toml"],
            "Option --config: cannot read './none.toml': there is no such file",
        ),
    ];
    for (line, message) in wrong {
        let given = Given {
            line,
            ..Given::default()
        };
        let refusal = refusal(&given);
        assert!(refusal.starts_with(message), "{line:?}: {refusal}");
    }
}

#[test]
fn an_export_needs_what_the_specification_says() {
    let without = |name: &str| -> Vec<&str> {
        let is_other = |option: &&&str| !option.starts_with(name);
        EXPORT.iter().filter(is_other).copied().collect()
    };
    for (missing, message) in [
        ("--core.base.host", "Option --core.base.host: missing"),
        ("--nlic.username", "Option --nlic.username: missing"),
        ("--nlic.password", "Option --nlic.password: missing"),
        ("--licensees", "Option --licensees: missing"),
        (
            "--without-card",
            "Option --without-card: required: smart cards come with a later version",
        ),
    ] {
        let line = without(missing);
        let given = Given {
            line: &line,
            ..Given::default()
        };
        assert_eq!(refusal(&given), message);
    }
    for (more, message) in [
        (
            "--licensees=I2,,I3",
            "Option --licensees: '' is no licensee number: a number must not be empty",
        ),
        (
            "--nlic.password=x",
            "Option --nlic.password-file: contradicts --nlic.password",
        ),
    ] {
        let line = with(EXPORT, &[more]);
        let given = Given {
            line: &line,
            ..Given::default()
        };
        assert_eq!(refusal(&given), message);
    }
    let mut line = without("--core.base.host");
    line.push("--core.base.host=http://go.example");
    let given = Given {
        line: &line,
        ..Given::default()
    };
    assert!(refusal(&given).starts_with("Option --core.base.host: plain HTTP"));
    line.push("--insecure-http");
    config(&line);
}

/// What is not done yet is refused by name, on the line, in variables and in the file.
#[test]
fn what_comes_later_is_refused_by_name() {
    for action in ["run-agent", "request", "login"] {
        let by_option = format!("--action={action}");
        for line in [[action], [by_option.as_str()]] {
            let given = Given {
                line: &line,
                ..Given::default()
            };
            let expected = format!("Option --action: '{action}' comes with a later version");
            assert!(refusal(&given).starts_with(&expected), "{line:?}");
        }
    }
    for (action, option) in [
        ("export-assets", "serial-number"),
        ("export-assets", "recipient"),
        ("import-assets", "element"),
        ("run-offline", "element"),
    ] {
        let flag = format!("--{option}=x");
        let given = Given {
            line: &[action, &flag],
            ..Given::default()
        };
        let expected = format!("Option --{option}: comes with a later version; until then, ");
        assert!(refusal(&given).starts_with(&expected), "{option}");
    }
    let given = Given {
        line: &["run-offline"],
        variables: &[("LEASEHOLD_AGENT_ELEMENT", "none")],
        ..Given::default()
    };
    assert!(refusal(&given).starts_with("Option LEASEHOLD_AGENT_ELEMENT: comes with"));
    let given = Given {
        line: &["run-offline"],
        file: Some("[element]\npin-file = 'file'"),
        ..Given::default()
    };
    assert!(refusal(&given).starts_with("Option --element.pin-file: comes with a later version"));
}

/// AG-5: scripts share their options between actions, also with those that come later.
#[test]
fn options_of_another_action_are_warned_of_and_ignored() {
    let line = [
        "run-offline",
        "--cache.type",
        "redis",
        "--cache.port=6379",
        "--serial-number",
        "77",
        "--online",
        "--output=out",
    ];
    let given = Given {
        line: &line,
        variables: &[("LEASEHOLD_AGENT_CACHE_PASSWORD", "secret")],
        file: Some("[cache]\nhost = 'redis'"),
    };
    let expected = [
        "online",
        "output",
        "cache.type",
        "cache.port",
        "serial-number",
    ]
    .map(|name| format!("Option --{name} does not apply to run-agent-offline."));
    assert_eq!(given.config().unwrap().warnings, expected);
}

#[test]
fn a_wrong_file_is_told_without_its_secrets() {
    for (file, message) in [
        (
            "colour = 1",
            "Option --colour: unknown; see --help (in the file)",
        ),
        (
            "port = 1.5",
            "Option --port: has a value of a wrong type (in the file)",
        ),
        (
            "port = [1]",
            "Option --port: has a value of a wrong type (in the file)",
        ),
        (
            "work-dir = '/'",
            "Option --work-dir: cannot be set there (in the file)",
        ),
        (
            "help = true",
            "Option --help: cannot be set there (in the file)",
        ),
    ] {
        let given = Given {
            line: &["run-offline"],
            file: Some(file),
            ..Given::default()
        };
        assert_eq!(refusal(&given), message);
    }
    let broken = Given {
        line: &["run-offline"],
        file: Some("nlic.password = 'hunter2"),
        ..Given::default()
    };
    let message = refusal(&broken);
    assert!(
        message.starts_with("Option --config: cannot read"),
        "{message}"
    );
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn options_of_another_action_are_warnings() {
    let config = config(&with(
        &["run-offline", "--port=1"],
        &["-u", "acme", "--output=o", "-f"],
    ));
    let expected = ["--nlic.username", "--output", "--force"]
        .map(|option| format!("Option {option} does not apply to run-agent-offline."));
    assert_eq!(config.warnings, expected);
}

#[test]
fn a_mistyped_variable_is_told() {
    let names = [
        "LEASEHOLD_AGENT_PROT",
        "LEASEHOLD_AGENT_PORT",
        "PATH",
        "LEASEHOLD_LONG",
    ];
    let known = ["LEASEHOLD_AGENT_PASSPHRASE", "LEASEHOLD_AGENT_CACHE_TYPE"];
    let names = names.iter().chain(&known).map(ToString::to_string);
    let expected = ["Variable LEASEHOLD_AGENT_PROT stands for no option; see --help."];
    assert_eq!(leasehold_agent::cli::unknown_variables(names), expected);
}

#[test]
fn help_and_version_win_over_everything() {
    let parsed = |line: &[&str]| parse(line.iter().map(OsString::from)).unwrap();
    assert_eq!(parsed(&["--colour", "-h", "--port"]), Line::Help);
    assert_eq!(parsed(&["-v", "fly"]), Line::Version);
    assert_eq!(parsed(&["--version", "--help"]), Line::Help);
    assert_eq!(parsed(&["--man", "fly"]), Line::Manual);
    let zsh = Line::Completions(Shell::Zsh);
    assert_eq!(parsed(&["--completions=zsh", "--colour"]), zsh);
    assert!(parse(["--completions=tcsh".into()]).is_err());
}

#[test]
fn no_configuration_prints_a_secret() {
    let line = with(&EXPORT[..3], &["-phunter2", "-lI1", "--without-card"]);
    let shown = format!("{:?}", config(&line));
    assert!(!shown.contains("hunter2"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_line_is_read_or_refused_in_one_line(line in prop::collection::vec("\\PC{0,12}", 0..5)) {
        if let Err(error) = parse(line.iter().map(OsString::from)) {
            prop_assert_eq!(error.exit_code(), 2);
            prop_assert!(!error.line().contains('\n'));
        }
    }
}

#[test]
fn private_keys_of_api_keys_do_not_travel_in_the_open() {
    let line = with(EXPORT, &["--plaintext", "--with-apikey-signing-key"]);
    let given = Given {
        line: &line,
        ..Given::default()
    };
    assert_eq!(
        refusal(&given),
        "Option --with-apikey-signing-key: contradicts --plaintext: everybody could read the private keys"
    );
}
