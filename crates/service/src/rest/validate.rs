//! The validate endpoint: the same on server and agent.

use jiff::Timestamp;
use leasehold_model::number::LicenseeNumber;
use leasehold_model::validate::Validation;
use leasehold_store::{Origin, Store};
use leasehold_wire::context::Context;
use leasehold_wire::info::Info;

use crate::rest::call::{Access, Call, Reply, remembered};
use crate::rest::problem::Problem;
use crate::rest::route::ParameterKind::{Boolean, Custom, OneOf, Text};
use crate::rest::route::{About, Note, Parameter, Returns};
use crate::validate::{AutoCreate, Question};

/// Which method asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// POST: everything.
    Post,
    /// GET: deprecated; without `dryRun` and `forOfflineUse`, and with a warning (7.6).
    Get,
}

/// Answers `POST` or `GET /licensee/{licenseeNumber}/validate`. `ends` is when an agent's assets do.
pub async fn validate(
    store: &Store,
    auto_create: AutoCreate,
    asked: Asked,
    ends: Option<Timestamp>,
    call: Call,
) -> Result<Reply, Problem> {
    let number = call.captures.first().map_or("", String::as_str);
    let licensee = LicenseeNumber::parse(number)
        .map_err(|error| Problem::Malformed(format!("Licensee number is malformed: {error}")))?;
    let mut request = match asked {
        Asked::Post => call.form.validation_request()?,
        Asked::Get => call.form.deprecated_validation_request()?,
    };
    // What may be signed is the same for a minute, and with it its signature.
    request.ends = ends;
    request.by_the_minute = call.principal.response_key.is_some();
    let scope = match call.principal.access {
        Access::ApiKey { licensee, .. } => licensee,
        Access::Login | Access::Open => None,
    };
    let question = Question {
        licensee,
        scope,
        request,
        auto_create,
        key: call.key,
        remember: remembered,
    };
    let origin = Origin {
        actor: call.principal.actor,
        action: "licensee.validate",
    };
    let vendor = &call.principal.vendor;
    let validation = crate::validate::validate(store, vendor, question, origin, call.now).await?;
    Ok(answer(asked, validation))
}

fn answer(asked: Asked, validation: Validation) -> Reply {
    match asked {
        Asked::Post => Reply::Validation(validation),
        Asked::Get => {
            let mut context = Context::of(&validation);
            context.infos.push(Info::warning(
                "methodIsDeprecated",
                "'GET' method for licensee validate is deprecated, use 'POST' instead",
            ));
            Reply::Context(context)
        }
    }
}

/// What a reader of the API's description learns of it.
pub const fn about(asked: Asked) -> About {
    About {
        summary: match asked {
            Asked::Post => "Ask whether a licensee may run, and with what",
            Asked::Get => "Ask the same; deprecated, use POST",
        },
        parameters: match asked {
            Asked::Post => PARAMETERS,
            // It offers neither of the first two.
            Asked::Get => PARAMETERS.split_at(2).1,
        },
        returns: match asked {
            Asked::Post => Returns::Items(&["Licensee", "ProductModuleValidation"]),
            Asked::Get => Returns::Items(&["ProductModuleValidation"]),
        },
        notes: match asked {
            Asked::Post => &[Note::NeedsPlan],
            Asked::Get => &[Note::NeedsPlan, Note::Deprecated],
        },
    }
}

/// Module parameters carry an index: `productModuleNumber0`, `sessionId0`.
const PARAMETERS: &[Parameter] = &[
    Parameter::may("dryRun", Boolean, "compute, and change nothing"),
    Parameter::may(
        "forOfflineUse",
        Boolean,
        "add the licensee, for a file that is kept",
    ),
    Parameter::may(
        "productNumber",
        Text,
        "creates an unknown licensee in this product, if it lets; must be the product of a known one",
    ),
    Parameter::may(
        "licenseeName",
        Text,
        "the name of a licensee that is created",
    ),
    Parameter::may(
        "licenseeSecret",
        Text,
        "the licensee's secret, where it has one; deprecated",
    ),
    Parameter::may(
        "productModuleNumber0",
        Text,
        "the module that parameters of this index are for; further ones have the index 1, 2 and so on",
    ),
    Parameter::may(
        "sessionId0",
        Text,
        "Floating: the client's id of the session",
    ),
    Parameter::may(
        "action0",
        OneOf(&["checkOut", "checkIn"]),
        "Floating: what to do with the session",
    ),
    Parameter::may(
        "maxCheckoutValidity0",
        Text,
        "Floating: seconds that the session shall last",
    ),
    Parameter::may("nodeSecret0", Text, "NodeLocked: the node's secret"),
    Parameter::may("usedQuantity0", Text, "Pay-per-Use: credits used"),
    Parameter::may("reserveQuantity0", Text, "Pay-per-Use: credits to reserve"),
    Parameter::may(
        "",
        Custom,
        "any other parameter is a custom property of a licensee that is created",
    ),
];
