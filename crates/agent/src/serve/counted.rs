//! Validations, counted by how they end.

use std::time::Instant;

use leasehold_model::trusted_time::ClockState;
use leasehold_model::validate::{Notice, Validation, Verdict};
use leasehold_service::rest::call::{Call, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::validate::{Asked, validate};
use leasehold_service::validate::AutoCreate;
use leasehold_wire::context::{Context, Item, List, Property};

use super::Agent;
use crate::metrics::Outcome;

impl Agent {
    /// Answers a validation as the server would, apart from creating licensees.
    pub(super) async fn validate(&self, asked: Asked, call: Call) -> Result<Reply, Problem> {
        let begun = Instant::now();
        let clock = self.judged();
        let answer = match clock {
            ClockState::Tampered => Err(Problem::ClockTampered),
            _ => self.answer(asked, call).await,
        };
        let answer = answer.map(|reply| match clock {
            ClockState::Behind => warned(reply),
            _ => reply,
        });
        self.counters.validated(outcome(&answer), begun.elapsed());
        answer
    }

    async fn answer(&self, asked: Asked, call: Call) -> Result<Reply, Problem> {
        let licensee = call.captures.first().map_or("", String::as_str);
        let ends = self.terms.of(&self.store, &self.vendor, licensee).await;
        let ends = ends.map_err(|error| Problem::Internal(Box::new(error)))?;
        validate(&self.store, AutoCreate::Never, asked, ends, call).await
    }
}

/// The same with a warning that the clock is behind (AG-54). Notices are sorted by their ids.
fn warned(mut reply: Reply) -> Reply {
    let notice = Notice::AgentClockBehind;
    match &mut reply {
        Reply::Validation(validation) => {
            validation.notices.push(notice);
            validation.notices.sort_by_key(Notice::id);
        }
        Reply::Context(context) => {
            context
                .infos
                .insert(0, leasehold_wire::validation::info(&notice));
        }
        Reply::Document(..) | Reply::NoContent => {}
    }
    reply
}

fn outcome(answer: &Result<Reply, Problem>) -> Outcome {
    let is_valid = match answer {
        Ok(Reply::Validation(validation)) => is_valid(validation),
        Ok(Reply::Context(context)) => is_told_valid(context),
        Ok(Reply::Document(..) | Reply::NoContent) => true,
        Err(problem) if problem.told().status.is_client_error() => return Outcome::Refused,
        Err(_) => return Outcome::Failed,
    };
    match is_valid {
        true => Outcome::Valid,
        false => Outcome::Invalid,
    }
}

/// True when every module lets something run.
fn is_valid(validation: &Validation) -> bool {
    validation
        .modules
        .iter()
        .all(|module| match &module.verdict {
            Verdict::Rental(features) => features.iter().any(|feature| feature.valid),
            Verdict::MultiFeature(features) => features.iter().any(|feature| feature.valid),
            Verdict::TryAndBuy { valid, .. }
            | Verdict::Subscription { valid, .. }
            | Verdict::Floating { valid, .. }
            | Verdict::PayPerUse { valid, .. }
            | Verdict::Quota { valid, .. }
            | Verdict::NodeLocked { valid }
            | Verdict::PricingTable { valid, .. } => *valid,
        })
}

/// The same of a reply that is in the wire's form already.
fn is_told_valid(context: &Context) -> bool {
    let items = context.items.iter().flat_map(|items| &items.items);
    let modules = items.filter(|item| item.kind == "ProductModuleValidation");
    let says_so = |properties: &[Property]| {
        let mut properties = properties.iter();
        properties.any(|property| property.name == "valid" && property.value == "true")
    };
    let mut modules = modules.map(|item: &Item| {
        let lists = |list: &List| says_so(&list.properties);
        says_so(&item.properties) || item.lists.iter().any(lists)
    });
    modules.all(|is_valid| is_valid)
}
