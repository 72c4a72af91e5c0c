//! Options that come later.

use super::action::Action;
use super::options::variable;
use super::settings::Settings;
use crate::error::AgentError;

/// An option of the original or of the specification that comes later. Refused by name where an
/// action of this version would read it, since ignoring it would promise what is not done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Later {
    pub(super) long: &'static str,
    pub(super) has_value: bool,
    /// The actions of this version that it applies to. None: `run-agent` alone reads it, and
    /// scripts that share their options between actions may give it to others (AG-5).
    pub(super) actions: &'static [Action],
    /// What to use until then.
    pub(super) instead: &'static str,
}

impl Later {
    /// As it is written on the line, for messages.
    pub(super) fn name(&self) -> String {
        format!("--{}", self.long)
    }

    /// The option of a long name.
    pub(super) fn by_long(long: &str) -> Option<&'static Self> {
        LATER_OPTIONS.iter().find(|option| option.long == long)
    }
}

/// Refuses what `action` would read and this version does not do yet, wherever it is said.
pub(super) fn refuse_later(settings: &Settings<'_>, action: Action) -> Result<(), AgentError> {
    let is_read = |option: &&'static Later| option.actions.contains(&action);
    let refusal = |option: &Later, name: String, place: &str| {
        let instead = option.instead;
        let text = format!("comes with a later version{place}; until then, {instead}");
        AgentError::option(name, text)
    };
    if let Some(option) = settings.flags.later().find(is_read) {
        return Err(refusal(option, option.name(), ""));
    }
    for option in LATER_OPTIONS.iter().filter(is_read) {
        let name = variable(option.long);
        if settings.variable(&name).is_some() {
            return Err(refusal(option, name, " (set as a variable)"));
        }
    }
    match settings.file.later.iter().copied().find(is_read) {
        Some(option) => Err(refusal(option, option.name(), " (in the file)")),
        None => Ok(()),
    }
}

const fn later(long: &'static str, actions: &'static [Action], instead: &'static str) -> Later {
    Later {
        long,
        has_value: true,
        actions,
        instead,
    }
}

const fn later_switch(
    long: &'static str,
    actions: &'static [Action],
    instead: &'static str,
) -> Later {
    Later {
        has_value: false,
        ..later(long, actions, instead)
    }
}

const EXPORT: &[Action] = &[Action::Export];
/// Where a secure element takes part.
const CARD: &[Action] = &[Action::Import, Action::RunOffline];
/// Of an action that this version does not have.
const RUN_AGENT: &[Action] = &[];

const NO_CARD: &str = "use --without-card, which seals with a passphrase";
const NO_PROXY: &str = "it belongs to run-agent, which comes then too";

/// All of them.
#[rustfmt::skip]
pub(super) const LATER_OPTIONS: &[Later] = &[
    later("serial-number", EXPORT, NO_CARD),
    later("agent", EXPORT, NO_CARD),
    later("recipient", EXPORT, NO_CARD),
    later("element", CARD, NO_CARD),
    later("element.pin-file", CARD, NO_CARD),
    later_switch("element.use-last-pin-try", CARD, NO_CARD),
    later("element.presence-interval", CARD, NO_CARD),
    later("element.absence-grace", CARD, NO_CARD),
    later("element.anchor-interval", CARD, NO_CARD),
    later("cache.type", RUN_AGENT, NO_PROXY),
    later("cache.host", RUN_AGENT, NO_PROXY),
    later("cache.port", RUN_AGENT, NO_PROXY),
    later("cache.password", RUN_AGENT, NO_PROXY),
    later("cache.database", RUN_AGENT, NO_PROXY),
    later("cache.key-prefix", RUN_AGENT, NO_PROXY),
    later("cache.ssl", RUN_AGENT, NO_PROXY),
    later("cache.mode", RUN_AGENT, NO_PROXY),
    later("cache.max-age", RUN_AGENT, NO_PROXY),
    later("upstream.timeout", RUN_AGENT, NO_PROXY),
    later("offline-grace", RUN_AGENT, NO_PROXY),
    later("lease", RUN_AGENT, NO_PROXY),
];
