//! The validate endpoint: the same on server and agent.

use leasehold_model::number::LicenseeNumber;
use leasehold_store::{Origin, Store};
use leasehold_wire::info::Info;

use crate::rest::call::{Access, Call, Reply};
use crate::rest::problem::Problem;
use crate::validate::{AutoCreate, Question};

/// Which method asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// POST: everything.
    Post,
    /// GET: deprecated; without `dryRun` and `forOfflineUse`, and with a warning (7.6).
    Get,
}

/// Answers `POST` or `GET /licensee/{licenseeNumber}/validate`.
pub async fn validate(
    store: &Store,
    auto_create: AutoCreate,
    asked: Asked,
    call: Call,
) -> Result<Reply, Problem> {
    let number = call.captures.first().map_or("", String::as_str);
    let licensee = LicenseeNumber::parse(number)
        .map_err(|error| Problem::Malformed(format!("Licensee number is malformed: {error}")))?;
    let request = match asked {
        Asked::Post => call.form.validation_request()?,
        Asked::Get => call.form.deprecated_validation_request()?,
    };
    let scope = match call.principal.access {
        Access::ApiKey { licensee, .. } => licensee,
        Access::Login | Access::Open => None,
    };
    let question = Question {
        licensee,
        scope,
        request,
        auto_create,
    };
    let origin = Origin {
        actor: call.principal.actor,
        action: "licensee.validate",
    };
    let vendor = &call.principal.vendor;
    let validation = crate::validate::validate(store, vendor, question, origin, call.now).await?;
    let mut context = leasehold_wire::validation::context(&validation);
    if asked == Asked::Get {
        context.infos.push(Info::warning(
            "methodIsDeprecated",
            "'GET' method for licensee validate is deprecated, use 'POST' instead",
        ));
    }
    Ok(Reply::Context(context))
}
