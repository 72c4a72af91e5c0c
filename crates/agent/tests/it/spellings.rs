//! One configuration, said in many ways: the laws of the command line.

use std::collections::BTreeMap;

use leasehold_agent::cli::{Action, Command, Config, Definition, Kind, options};
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::cli::Given;

/// An option and what it is set to.
type Said = (&'static Definition, String);

/// Values that an option may have. `None`: it is said by other means, or contradicts another.
fn values(option: &Definition) -> Option<BoxedStrategy<String>> {
    let text = "[a-zA-Z0-9/.]{1,8}";
    Some(match (option.long, option.kind) {
        // The first end the program, the others lead to the file; a password is in a file here.
        (
            "help" | "version" | "man" | "completions" | "action" | "work-dir" | "config"
            | "nlic.password",
            _,
        ) => {
            return None;
        }
        // They contradict --plaintext.
        ("passphrase-file" | "with-apikey-signing-key", _) => return None,
        (_, Kind::Switch) => Just("true".to_owned()).boxed(),
        ("core.base.host", _) => Just("https://go.example".to_owned()).boxed(),
        // No licensee is called '.' or '..'.
        ("licensees", _) => "[a-zA-Z0-9/]{1,4}(,[a-zA-Z0-9/]{1,4}){0,2}".boxed(),
        // A file, and '.' is a directory.
        ("to" | "from", _) => "[a-z]{1,8}".boxed(),
        ("port", _) => any::<u16>().prop_map(|port| port.to_string()).boxed(),
        ("bind", _) => prop_oneof![Just("127.0.0.1"), Just("::1")]
            .prop_map(str::to_owned)
            .boxed(),
        ("auth", _) => prop_oneof![Just("apikey"), Just("none")]
            .prop_map(str::to_owned)
            .boxed(),
        ("tls.min-version", _) => "1\\.[23]".boxed(),
        ("trusted-proxies", _) => "10\\.[0-9]\\.0\\.0/16(,loopback)?".boxed(),
        ("base-path", _) => "(/[a-z0-9]{1,4}){1,3}".boxed(),
        ("cors.origins", _) => "https://[a-z]{1,5}(,https://[a-z]{1,5}:8443)?".boxed(),
        ("metrics-bind", _) => "127\\.0\\.0\\.1:[1-9][0-9]{1,3}".boxed(),
        ("log-format", _) => "(text|json|auto)".boxed(),
        ("host", _) => "[a-z]{1,5}(,[a-z]{1,5})?".boxed(),
        _ => text.boxed(),
    })
}

/// What an action does not do without.
fn required(action: Action) -> &'static [&'static str] {
    match action {
        Action::Export => &[
            "core.base.host",
            "nlic.username",
            "nlic.password-file",
            "licensees",
            "without-card",
        ],
        // One of the two is refused without the other.
        Action::RunOffline | Action::Doctor => &["tls.cert", "tls.key"],
        Action::TlsSelfsigned => &["host"],
        Action::Backup => &["to"],
        Action::Restore => &["from"],
        _ => &[],
    }
}

/// An action with some of its options, all right.
fn said() -> impl Strategy<Value = (Action, Vec<Said>)> {
    proptest::sample::select(Action::ALL).prop_flat_map(|action| {
        let known = options().filter(|option| option.applies_to(action));
        let (needed, free): (Vec<_>, Vec<_>) = known
            .filter_map(|option| Some((option, values(option)?)))
            .partition(|(option, _)| required(action).contains(&option.long));
        let count = free.len();
        subsequence(free, 0..=count).prop_flat_map(move |chosen| {
            let all: Vec<_> = needed.iter().cloned().chain(chosen).collect();
            let (options, values): (Vec<_>, Vec<_>) = all.into_iter().unzip();
            (Just(action), Just(options), values).prop_map(|(action, options, values)| {
                (action, options.into_iter().zip(values).collect())
            })
        })
    })
}

fn of_line(line: &[String]) -> Config {
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let given = Given {
        line: &line,
        ..Given::default()
    };
    given
        .config()
        .unwrap_or_else(|error| panic!("{line:?}: {}", error.line()))
}

/// `--name=value`, or in two words, or by its letter.
fn spelled((option, value): &Said, way: u8) -> Vec<String> {
    let long = option.name();
    if option.kind == Kind::Switch {
        return match option.short {
            Some(letter) if way == 2 => vec![format!("-{letter}")],
            _ => vec![long],
        };
    }
    match (way, option.short) {
        (0, _) => vec![format!("{long}={value}")],
        (2, Some(letter)) => vec![format!("-{letter}{value}")],
        (3, Some(letter)) => vec![format!("-{letter}"), value.clone()],
        (_, _) => vec![long, value.clone()],
    }
}

fn toml(said: &[Said]) -> String {
    let line = |(option, value): &Said| {
        let long = option.long;
        match option.kind {
            Kind::Switch => format!("{long} = {value}\n"),
            Kind::Value { .. } if long == "port" => format!("{long} = {value}\n"),
            Kind::Value { .. } => format!("{long} = '{value}'\n"),
            Kind::List { .. } => {
                let items: Vec<String> = value.split(',').map(|item| format!("'{item}'")).collect();
                format!("{long} = [{}]\n", items.join(", "))
            }
        }
    };
    said.iter().map(line).collect()
}

/// Lists may also be said item by item.
fn one_by_one(said: &[Said]) -> Vec<String> {
    let options = said.iter().flat_map(|(option, value)| match option.kind {
        Kind::List { .. } => value
            .split(',')
            .map(|item| format!("{}={item}", option.name()))
            .collect(),
        _ => spelled(&(*option, value.clone()), 0),
    });
    options.collect()
}

/// A list is an option said twice, or one with two items: the command is the same.
fn command(config: Config) -> (Command, bool) {
    (config.command, config.verbose)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// AG-2: the original's spelling and the subcommand come to the same, wherever they stand, and
    /// however the options are written.
    #[test]
    fn all_spellings_come_to_the_same((action, said) in said(), ways in prop::collection::vec(0_u8..4, 40)) {
        let plain: Vec<String> = said.iter().flat_map(|said| spelled(said, 0)).collect();
        let mixed: Vec<String> =
            said.iter().zip(&ways).flat_map(|(said, way)| spelled(said, *way)).collect();
        let name = action.as_str().to_owned();
        let original = of_line(&[vec![format!("--action={name}")], plain.clone()].concat());
        let mut others = vec![
            [vec![name.clone()], plain.clone()].concat(),
            [plain.clone(), vec!["-a".to_owned(), name.clone()]].concat(),
            [mixed.clone(), vec![format!("-a{name}")]].concat(),
            [vec![name], mixed].concat(),
        ];
        others.extend(action.short().map(|short| [vec![short.to_owned()], plain].concat()));
        for other in others {
            prop_assert_eq!(&original, &of_line(&other), "{:?}", other);
        }
        let listed = [vec![action.as_str().to_owned()], one_by_one(&said)].concat();
        prop_assert_eq!(command(original), command(of_line(&listed)));
    }

    /// Options, variables and the file say the same.
    #[test]
    fn all_sources_come_to_the_same((action, said) in said()) {
        let name = action.as_str();
        let plain: Vec<String> = said.iter().flat_map(|said| spelled(said, 0)).collect();
        let by_line = of_line(&[vec![name.to_owned()], plain].concat());
        let variables: BTreeMap<String, &str> =
            said.iter().map(|(option, value)| (option.variable(), value.as_str())).collect();
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let by_variable = Given { line: &[name], variables: &variables, file: None };
        prop_assert_eq!(&by_line, &by_variable.config().unwrap());
        let file = toml(&said);
        let by_file = Given { line: &[name], variables: &[], file: Some(&file) };
        prop_assert_eq!(&by_line, &by_file.config().unwrap());
    }
}
