//! What a user should know of a line that is carried out all the same.

use super::action::Action;
use super::config::{Command, PASSPHRASE_VARIABLE, Sealing};
use super::later::{LATER_OPTIONS, Later};
use super::options::{Definition, PREFIX, options, variable};
use super::serving::{Auth, RunOffline};
use super::settings::Settings;

/// Variables of `names` that look like ours and mean nothing, most likely mistyped; a line for each.
pub fn unknown_variables(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let is_known = |name: &String| {
        name == PASSPHRASE_VARIABLE
            || options().any(|option| option.variable() == *name)
            || LATER_OPTIONS
                .iter()
                .any(|option| variable(option.long) == *name)
    };
    let ours = names.into_iter().filter(|name| name.starts_with(PREFIX));
    let mut unknown: Vec<String> = ours.filter(|name| !is_known(name)).collect();
    unknown.sort();
    let told = |name: String| format!("Variable {name} stands for no option; see --help.");
    unknown.into_iter().map(told).collect()
}

/// One line each.
pub(super) fn warnings(settings: &Settings<'_>, action: Action, command: &Command) -> Vec<String> {
    let options = settings.flags.options();
    let foreign = options.filter(|row| !row.applies_to(action));
    let mut warnings: Vec<String> = foreign
        .map(Definition::name)
        .chain(settings.flags.later().map(Later::name))
        .map(|name| format!("Option {name} does not apply to {}.", action.as_str()))
        .collect();
    if let Command::Export(export) = command
        && export.sealing == Sealing::Plaintext
    {
        warnings
            .push("The packages will not be encrypted: whoever has a file can read it.".to_owned());
    }
    if let Command::RunOffline(RunOffline {
        auth: Auth::None,
        bind,
        ..
    }) = command
    {
        let whoever = match bind.is_loopback() {
            true => "Every program on this machine",
            false => "Whoever reaches this machine",
        };
        warnings.push(format!(
            "{whoever} may validate: --auth=none demands no API key."
        ));
    }
    warnings
}
