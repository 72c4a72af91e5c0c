//! What is asked, by whom, and what is promised of it.

use crate::ask::{self, Accept, Credentials};
use crate::goals::{self, Marks};
use crate::load::{Requests, Template};
use crate::seed;

/// A way to use the server.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) door: Door,
    pub(crate) who: Who,
    pub(crate) accept: Accept,
    /// Of a hundred requests, so many write: by turns credits off, and a seat down.
    pub(crate) writes: usize,
    pub(crate) among: Among,
    pub(crate) rival: Rival,
    pub(crate) marks: Marks,
    pub(crate) cpu: Option<Marks>,
}

/// By which listener.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Plain,
    Tls,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    ApiKey,
    /// An API key with a private key: its replies are signed.
    SigningKey,
    /// The vendor, by password.
    Password,
}

/// For which licensees.
#[derive(Clone, Copy)]
pub(crate) enum Among {
    All,
    /// So few that whatever is remembered of a reply is remembered of theirs.
    Few,
    /// All, of whom hardly any has a reply that is remembered.
    Unsigned,
}

/// Whose throughput it is a share of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rival {
    Bare,
    /// The first scenario.
    ApiKeys,
}

/// The plainest one: an API key, nothing is written, XML over plain HTTP.
const V0: Scenario = Scenario {
    name: "V0 XML",
    door: Door::Plain,
    who: Who::ApiKey,
    accept: Accept::Xml,
    writes: 0,
    among: Among::All,
    rival: Rival::Bare,
    marks: goals::V0,
    cpu: Some(goals::V0_CPU),
};

/// All of them; the plainest is the first.
pub(crate) const SCENARIOS: [Scenario; 7] = [
    V0,
    Scenario {
        name: "V0 JSON",
        accept: Accept::Json,
        cpu: None,
        ..V0
    },
    Scenario {
        name: V20,
        writes: 20,
        marks: goals::V20,
        cpu: None,
        ..V0
    },
    Scenario {
        name: "V0 over TLS",
        door: Door::Tls,
        marks: goals::TLS,
        cpu: None,
        ..V0
    },
    Scenario {
        name: "V0 signed, cold",
        who: Who::SigningKey,
        among: Among::Unsigned,
        marks: goals::SIGNED_COLD,
        cpu: None,
        ..V0
    },
    Scenario {
        name: "V0 signed, warm",
        who: Who::SigningKey,
        among: Among::Few,
        marks: goals::SIGNED_WARM,
        cpu: None,
        ..V0
    },
    Scenario {
        name: "V0 by password",
        who: Who::Password,
        rival: Rival::ApiKeys,
        marks: goals::PASSWORD,
        cpu: None,
        ..V0
    },
];

/// The name of the mix in which every fifth request writes.
pub(crate) const V20: &str = "V20 XML";

/// How many cannot all be signed in the minute for which a signed reply is kept.
const UNSIGNED: usize = 500_000;

/// Who takes a seat of each licensee.
const SESSION: &str = "S-1";

/// How many are few.
const FEW: usize = 16;

/// One of each kind of caller.
pub(crate) struct Callers {
    pub(crate) api_key: Credentials,
    pub(crate) signing_key: Credentials,
    pub(crate) password: Credentials,
}

impl Scenario {
    /// Why it would not be what it is called among so many licensees; `None`: it would.
    pub(crate) fn obstacle(&self, licensees: usize) -> Option<&'static str> {
        let is_too_few = matches!(self.among, Among::Unsigned) && licensees < UNSIGNED;
        is_too_few.then_some("so few licensees are all signed within the minute")
    }

    /// Its requests to a server of so many licensees.
    pub(crate) fn requests(&self, callers: &Callers, licensees: usize) -> anyhow::Result<Requests> {
        let who = match self.who {
            Who::ApiKey => &callers.api_key,
            Who::SigningKey => &callers.signing_key,
            Who::Password => &callers.password,
        };
        let among = match self.among {
            Among::All | Among::Unsigned => licensees,
            Among::Few => FEW.min(licensees),
        };
        validations(who, self.accept, self.writes, among)
    }
}

/// Validations, of which so many in a hundred write: credits off, or a seat down.
pub(crate) fn validations(
    who: &Credentials,
    accept: Accept,
    writes: usize,
    licensees: usize,
) -> anyhow::Result<Requests> {
    let first = seed::licensee(0);
    let template = |request| Template::new(request, &first);
    let reading = template(ask::validate(who, accept, &first, ""))?;
    let use_one = template(ask::use_one(who, accept, &first))?;
    let seat = template(ask::seat(
        who,
        accept,
        (&first, seed::FLOATING),
        SESSION,
        "checkOut",
    ))?;
    Ok(Requests::new(
        reading,
        vec![use_one, seat],
        writes,
        licensees,
    ))
}

/// Validations that all write credits off.
pub(crate) fn uses(who: &Credentials, licensees: usize) -> anyhow::Result<Requests> {
    let first = seed::licensee(0);
    let use_one = Template::new(ask::use_one(who, Accept::Xml, &first), &first)?;
    Ok(Requests::new(
        use_one.clone(),
        vec![use_one],
        100,
        licensees,
    ))
}
