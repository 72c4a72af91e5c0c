//! What shells complete a line by, from the tables of actions and options.

use std::fmt::Write;

use super::action::Action;
use super::options::{Definition, Id, options};

/// A shell that completes lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// bash, with the package bash-completion or without.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

impl Shell {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Bash, Self::Zsh, Self::Fish];

    /// Reads a shell's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|shell| shell.as_str() == text)
            .copied()
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }
}

/// What `--completions` prints.
pub fn completions(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
    }
}

/// What a value may be.
enum Values {
    /// Nothing that is known before.
    Any,
    Files,
    Folders,
    OneOf(Vec<&'static str>),
}

/// By what stands for the value in the help.
fn values(option: &Definition) -> Values {
    match (option.id, option.value()) {
        (Id::Auth, _) => Values::OneOf(vec!["apikey", "none"]),
        (Id::LogFormat, _) => Values::OneOf(vec!["auto", "text", "json"]),
        (Id::TlsMinVersion, _) => Values::OneOf(vec!["1.2", "1.3"]),
        (Id::Action, _) => Values::OneOf(actions()),
        (Id::Completions, _) => {
            Values::OneOf(Shell::ALL.iter().map(|shell| shell.as_str()).collect())
        }
        (_, Some("FILE" | "KEY")) => Values::Files,
        (_, Some("DIR")) => Values::Folders,
        _ => Values::Any,
    }
}

fn actions() -> Vec<&'static str> {
    Action::ALL.iter().map(|action| action.as_str()).collect()
}

fn bash() -> String {
    let mut cases = String::new();
    for option in options().filter(|option| option.value().is_some()) {
        let reply = match values(option) {
            Values::Any => "COMPREPLY=()".to_owned(),
            Values::Files => "COMPREPLY=($(compgen -f -- \"$word\"))".to_owned(),
            Values::Folders => "COMPREPLY=($(compgen -d -- \"$word\"))".to_owned(),
            Values::OneOf(words) => {
                let words = words.join(" ");
                format!("COMPREPLY=($(compgen -W '{words}' -- \"$word\"))")
            }
        };
        let short = option.short.map(|letter| format!("-{letter}|"));
        let short = short.unwrap_or_default();
        let _ = writeln!(
            cases,
            "        {short}{}) {reply}; return ;;",
            option.name()
        );
    }
    let mut words = actions().join(" ");
    for option in options() {
        let equals = option.value().map_or("", |_| "=");
        let _ = write!(words, " {}{equals}", option.name());
    }
    format!(
        r#"_leasehold_agent() {{
    local word=$2 before=$3
    # The sign between an option and its value is a word to bash.
    if [[ $word == "=" ]]; then
        word=
    elif [[ $before == "=" ]]; then
        before=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    case $before in
{cases}    esac
    COMPREPLY=($(compgen -W '{words}' -- "$word"))
    [[ ${{COMPREPLY[0]-}} != *= ]] || compopt -o nospace 2>/dev/null
}}
complete -F _leasehold_agent leasehold-agent
"#
    )
}

fn zsh() -> String {
    let mut rows = String::new();
    for option in options() {
        let about = quoted(&option.about.replace(['[', ']', ':'], " "));
        let value = match (option.value(), values(option)) {
            (None, _) => String::new(),
            (Some(name), Values::Any) => format!(":{}: ", name.replace(':', " ")),
            (Some(_), Values::Files) => ":file:_files".to_owned(),
            (Some(_), Values::Folders) => ":directory:_files -/".to_owned(),
            (Some(_), Values::OneOf(words)) => format!(":value:({})", words.join(" ")),
        };
        let equals = option.value().map_or("", |_| "=");
        let _ = writeln!(rows, "    '*{}{equals}[{about}]{value}' \\", option.name());
        if let Some(short) = option.short {
            let plus = option.value().map_or("", |_| "+");
            let _ = writeln!(rows, "    '*-{short}{plus}[{about}]{value}' \\");
        }
    }
    let actions = actions().join(" ");
    format!("#compdef leasehold-agent\n_arguments \\\n{rows}    '1:action:({actions})'\n")
}

fn fish() -> String {
    let mut script = String::from("complete -c leasehold-agent -f\n");
    for action in Action::ALL {
        let (name, about) = (action.as_str(), quoted(action.about()));
        let _ = writeln!(
            script,
            "complete -c leasehold-agent -n __fish_use_subcommand -a {name} -d '{about}'"
        );
    }
    for option in options() {
        let value = match (option.value(), values(option)) {
            (None, _) => String::new(),
            (Some(_), Values::Any) => " -x".to_owned(),
            (Some(_), Values::Files) => " -r -F".to_owned(),
            (Some(_), Values::Folders) => " -x -a '(__fish_complete_directories)'".to_owned(),
            (Some(_), Values::OneOf(words)) => format!(" -x -a '{}'", words.join(" ")),
        };
        let short = option.short.map(|letter| format!(" -s {letter}"));
        let (short, about) = (
            short.unwrap_or_default(),
            option.about.replace('\\', "\\\\"),
        );
        let about = about.replace('\'', "\\'");
        let _ = writeln!(
            script,
            "complete -c leasehold-agent -l {}{short}{value} -d '{about}'",
            option.long
        );
    }
    script
}

/// Within single quotes, which end before a quote and begin again behind it.
fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}
