//! One validation of one licensee: gather what it owns, judge module by
//! module, assemble the answer. Judging only reads; what it would change is
//! collected, and dropped where nothing may change.

use alloc::vec::Vec;
use jiff::Timestamp;

use super::secret::Secrecy;
use super::{
    ModuleParameters, ModuleValidation, Notice, OfflineLicensee, Refusal, Validation,
    ValidationRequest,
};
use crate::change::LicenseeChange;
use crate::gather;
use crate::licensee::WarningLevels;
use crate::licensing::{Judgment, ModuleView, Owned};
use crate::number::{LicenseNumber, ProductModuleNumber};
use crate::product::ProductModule;
use crate::property::Properties;
use crate::snapshot::{LicenseeAggregate, ProductTree, StatefulRights};
use crate::timestamp::later_by;
use crate::vendor::TtlMinutes;

/// All that the validation of a licensee looks at.
pub(super) struct Hearing<'a> {
    ttl: TtlMinutes,
    product: &'a ProductTree,
    licensee: &'a LicenseeAggregate,
    request: &'a ValidationRequest,
    /// The request's group of each module, in the product's order.
    parameters: Vec<Option<&'a ModuleParameters>>,
    secrecy: Secrecy,
    stateful: StatefulRights,
    now: Timestamp,
}

impl<'a> Hearing<'a> {
    /// Fails when two groups of the request name one module.
    pub(super) fn open(
        ttl: TtlMinutes,
        product: &'a ProductTree,
        licensee: &'a LicenseeAggregate,
        request: &'a ValidationRequest,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let mode = product.product.licensee_secret_mode.unwrap_or_default();
        let secret = request.licensee_secret.as_deref();
        Ok(Self {
            ttl,
            product,
            licensee,
            request,
            parameters: group(product, &request.modules)?,
            secrecy: Secrecy::of(mode, &licensee.licensee, secret),
            stateful: StatefulRights::Held,
            now,
        })
    }

    /// The same, of a licensee whose stateful rights may be with somebody else.
    pub(super) fn with(self, stateful: StatefulRights) -> Self {
        Self { stateful, ..self }
    }

    /// The secret is wrong: everything is shown as not valid, and nothing changes (G-11).
    pub(super) fn is_mismatch(&self) -> bool {
        matches!(self.secrecy, Secrecy::Mismatch)
    }

    /// What the answer is made from has come to its end: everything is shown as not valid, and nothing
    /// changes (AG-19).
    fn is_ended(&self) -> bool {
        self.request.ends.is_some_and(|end| end <= self.now)
    }

    /// The answer, and what it changes.
    pub(super) fn decide(
        self,
        fresh: &mut dyn FnMut() -> LicenseNumber,
    ) -> (Validation, Vec<LicenseeChange>) {
        let tally = self.judge(fresh);
        let levels = tally.news(self.known_levels(&tally.changes));
        let validation = Validation {
            ttl: self.ttl(&tally),
            notices: self.notices(tally.notices),
            licensee: self.offline_licensee(),
            modules: self.shown(tally.modules),
        };
        (validation, self.kept(tally.changes, levels))
    }

    fn judge(&self, fresh: &mut dyn FnMut() -> LicenseNumber) -> Tally {
        let owned = gather::owned(self.product, self.licensee);
        let may_acquire = self.product.product.active && self.licensee.licensee.active;
        let mut tally = Tally::default();
        let modules = self.product.modules.iter().zip(&self.parameters);
        for (place, (tree, parameters)) in modules.enumerate() {
            let view = ModuleView {
                tree,
                owned: of_module(&owned, place),
                parameters: *parameters,
                acquirable: may_acquire && tree.module.active,
                stateful: self.stateful,
                now: self.now,
            };
            if let Some(judgment) = view.judge(fresh) {
                tally.add(&tree.module, judgment);
            }
        }
        tally
    }

    /// G-9
    fn ttl(&self, tally: &Tally) -> Option<Timestamp> {
        const MINUTE_MS: i64 = 60_000;
        // The setting is a minute at least, so that the instant lies ahead all the same.
        let into_minute = match self.request.by_the_minute {
            true => self.now.as_millisecond().rem_euclid(MINUTE_MS),
            false => 0,
        };
        let setting = i64::from(self.ttl.get()) * MINUTE_MS;
        let longest = later_by(self.now, setting - into_minute);
        // Beyond the end nothing holds; once it has come, an answer is kept as long as any other.
        let end = self.request.ends.filter(|_| !self.is_ended());
        let longest = end.map_or(longest, |end| end.min(longest));
        if tally.is_check_in {
            return None;
        }
        let moment = tally.holds_until.filter(|_| !self.is_mismatch());
        Some(moment.map_or(longest, |moment| moment.min(longest)))
    }

    /// At most one per kind, the first module's; sorted by id.
    fn notices(&self, mut notices: Vec<Notice>) -> Vec<Notice> {
        if !self.licensee.licensee.active {
            notices.push(Notice::LicenseeInactive);
        }
        if self.is_ended() {
            notices.push(Notice::AgentAssetsExpired);
        }
        if self.is_mismatch() {
            notices.push(Notice::LicenseeSecretMismatch);
        }
        notices.sort_by_key(Notice::id);
        notices.dedup_by_key(|notice| notice.id());
        notices
    }

    /// G-12
    fn offline_licensee(&self) -> Option<OfflineLicensee> {
        let licensee = &self.licensee.licensee;
        self.request.for_offline_use.then(|| {
            let mut properties: Properties = licensee.custom.clone();
            if let Some(name) = &licensee.name {
                properties.set("name", name);
            }
            OfflineLicensee {
                number: licensee.number.clone(),
                properties,
            }
        })
    }

    fn shown(&self, mut modules: Vec<ModuleValidation>) -> Vec<ModuleValidation> {
        if self.is_mismatch() || self.is_ended() {
            for module in &mut modules {
                module.verdict.invalidate();
            }
        }
        modules
    }

    /// The levels that are known once the changes have taken place: a new license makes them unknown.
    fn known_levels(&self, changes: &[LicenseeChange]) -> Option<&'a WarningLevels> {
        let is_new = |change: &LicenseeChange| matches!(change, LicenseeChange::PutLicense { .. });
        let forgets = !self.request.dry_run && changes.iter().any(is_new);
        let known = self.licensee.licensee.warning_levels.as_ref();
        known.filter(|_| !forgets)
    }

    /// What of the changes takes place, and behind them the levels where they are news.
    fn kept(
        &self,
        mut changes: Vec<LicenseeChange>,
        levels: Option<WarningLevels>,
    ) -> Vec<LicenseeChange> {
        if !self.licensee.licensee.active || self.is_mismatch() || self.is_ended() {
            return Vec::new();
        }
        if self.request.dry_run {
            changes.clear();
        } else if let Secrecy::New(secret) = &self.secrecy {
            changes.push(LicenseeChange::StoreSecret(secret.clone()));
        }
        changes.extend(levels.map(LicenseeChange::Warn));
        changes
    }
}

/// Gives each module its group; groups that name unknown modules are ignored (G-7).
fn group<'a>(
    product: &ProductTree,
    groups: &'a [ModuleParameters],
) -> Result<Vec<Option<&'a ModuleParameters>>, Refusal> {
    let mut sorted: Vec<&ModuleParameters> = groups.iter().collect();
    sorted.sort_unstable_by_key(|group| &group.module);
    product
        .modules
        .iter()
        .map(|tree| {
            let number = tree.module.number.as_str();
            let from = sorted.partition_point(|group| &*group.module < number);
            let mut named = sorted[from..]
                .iter()
                .take_while(|group| &*group.module == number);
            match (named.next(), named.next()) {
                (_, Some(_)) => Err(Refusal::ModuleNamedTwice),
                (group, None) => Ok(group.copied()),
            }
        })
        .collect()
}

fn of_module<'a>(owned: &'a [Owned<'a>], module: usize) -> &'a [Owned<'a>] {
    let from = owned.partition_point(|owned| owned.module < module);
    let to = owned.partition_point(|owned| owned.module <= module);
    &owned[from..to]
}

/// The judgments added up.
#[derive(Default)]
struct Tally {
    modules: Vec<ModuleValidation>,
    notices: Vec<Notice>,
    holds_until: Option<Timestamp>,
    is_check_in: bool,
    changes: Vec<LicenseeChange>,
}

impl Tally {
    fn add(&mut self, module: &ProductModule, judgment: Judgment) {
        self.modules.push(ModuleValidation {
            number: module.number.clone(),
            name: module.name.clone(),
            warning_level: judgment.level,
            verdict: judgment.verdict,
        });
        self.notices.extend(judgment.notice);
        let moments = [self.holds_until, judgment.holds_until];
        self.holds_until = moments.into_iter().flatten().min();
        self.is_check_in |= judgment.is_check_in;
        self.changes.extend(judgment.changes);
    }

    /// The levels, unless they are those that are known: they hardly ever change, so that they are
    /// compared before they are copied.
    fn news(&self, known: Option<&WarningLevels>) -> Option<WarningLevels> {
        let levels = self.modules.iter();
        let mut levels: Vec<_> = levels
            .map(|module| (&module.number, module.warning_level))
            .collect();
        levels.sort_unstable();
        let is_known = known.is_some_and(|known| {
            let known = known.0.iter().map(|(number, level)| (number, *level));
            known.eq(levels.iter().copied())
        });
        let owned = |(number, level): (&ProductModuleNumber, _)| (number.clone(), level);
        (!is_known).then(|| WarningLevels(levels.into_iter().map(owned).collect()))
    }
}
