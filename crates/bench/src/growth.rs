//! Whether the many are served as fast as the few.

use crate::ask::Accept;
use crate::data::Data;
use crate::goals;
use crate::plan::{Plan, sized};
use crate::programs::Programs;
use crate::report::{Report, Unit};
use crate::rounds::{Entrant, take_turns};
use crate::scenario::validations;

/// V0 on two sizes, in turns.
pub(crate) fn measure(
    plan: &Plan,
    programs: &Programs,
    few: &Data,
    many: &Data,
    report: &mut Report,
) -> anyhow::Result<()> {
    let servers = [few.serve(programs, &[])?, many.serve(programs, &[])?];
    let mut entrants = Vec::new();
    for (data, server) in [few, many].into_iter().zip(&servers) {
        let requests = validations(&data.api_key, Accept::Xml, 0, data.licensees)?;
        entrants.push(Entrant { server, requests });
    }
    let taken = take_turns(&mut entrants, plan.rounds, plan.round)?;
    let [few_rounds, many_rounds] = &taken[..] else {
        anyhow::bail!("two servers were to take turns");
    };
    let name = format!(
        "growth, {} to {}",
        sized(few.licensees),
        sized(many.licensees)
    );
    let kept = many_rounds.ratio(few_rounds, |round| round.per_second);
    report.add(
        format!("{name}, throughput lost"),
        (1.0 - kept) * 100.0,
        Unit::Percent,
        Some(goals::GROWTH_LOSS_PERCENT),
    );
    report.add(
        format!("{name}, CPU"),
        many_rounds.ratio(few_rounds, |round| round.cpu_us),
        Unit::Times,
        Some(goals::GROWTH_CPU),
    );
    Ok(())
}
