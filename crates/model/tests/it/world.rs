//! Small worlds: one product, one licensee, and the calls made on them.

use jiff::Timestamp;
use leasehold_model::change::Decision;
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{
    LicenseNumber, LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber,
};
use leasehold_model::product::{LicensingModel, Product, ProductModule};
use leasehold_model::snapshot::{
    LicenseeAggregate, ModuleTree, ProductTree, Snapshot, StatefulRights, Subject,
};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::timestamp::parse_timestamp;
use leasehold_model::validate::{
    ModuleParameters, Refusal, Validation, ValidationRequest, Verdict, Verdicts, validate,
};
use leasehold_model::vendor::TtlMinutes;

/// Name and value pairs.
pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

pub(crate) fn at(text: &str) -> Timestamp {
    parse_timestamp(text).unwrap()
}

pub(crate) fn product(modules: Vec<ModuleTree>) -> ProductTree {
    ProductTree {
        product: Product {
            number: ProductNumber::parse("P").unwrap(),
            active: true,
            name: "P".into(),
            version: "1".into(),
            description: None,
            licensing_info: None,
            licensee_auto_create: true,
            licensee_secret_mode: None,
            vat_mode: None,
            discounts: Vec::new(),
            custom: [].into_iter().collect(),
        },
        modules,
    }
}

pub(crate) fn module(
    number: &str,
    licensing_model: LicensingModel,
    settings: Pairs<'_>,
    templates: Vec<LicenseTemplate>,
) -> ModuleTree {
    ModuleTree {
        module: ProductModule {
            number: ProductModuleNumber::parse(number).unwrap(),
            active: true,
            name: number.into(),
            licensing_model,
            properties: settings.iter().copied().collect(),
        },
        templates,
    }
}

pub(crate) fn template(
    number: &str,
    license_type: LicenseType,
    terms: Pairs<'_>,
) -> LicenseTemplate {
    LicenseTemplate {
        number: LicenseTemplateNumber::parse(number).unwrap(),
        active: true,
        name: number.into(),
        license_type,
        price: None,
        automatic: false,
        hidden: false,
        hide_licenses: false,
        properties: terms.iter().copied().collect(),
    }
}

pub(crate) fn license(number: &str, template: &str, properties: Pairs<'_>) -> License {
    License::new(
        LicenseNumber::parse(number).unwrap(),
        LicenseTemplateNumber::parse(template).unwrap(),
        properties.iter().copied().collect(),
    )
}

pub(crate) fn licensee(number: &str, mut licenses: Vec<License>) -> LicenseeAggregate {
    licenses.sort_by(|one, other| one.number.cmp(&other.number));
    LicenseeAggregate {
        licensee: Licensee::new(LicenseeNumber::parse(number).unwrap()),
        licenses,
    }
}

/// A request with one group.
pub(crate) fn group(module: &str, fill: impl FnOnce(&mut ModuleParameters)) -> ValidationRequest {
    let mut parameters = ModuleParameters {
        module: module.into(),
        ..ModuleParameters::default()
    };
    fill(&mut parameters);
    ValidationRequest {
        modules: vec![parameters],
        ..ValidationRequest::default()
    }
}

/// Asks about a licensee that exists.
pub(crate) fn ask(
    product: &ProductTree,
    licensee: &LicenseeAggregate,
    request: &ValidationRequest,
    now: Timestamp,
) -> Result<Decision<Validation>, Refusal> {
    let subject = Subject::Known {
        product,
        licensee,
        stateful: StatefulRights::Held,
    };
    match ask_about(subject, request, now)? {
        Verdicts::Known(decision) => Ok(decision),
        Verdicts::Created { .. } => panic!("a licensee that exists was created"),
    }
}

/// Asks about anybody. Made licenses are numbered from `made-0`.
pub(crate) fn ask_about(
    subject: Subject<'_>,
    request: &ValidationRequest,
    now: Timestamp,
) -> Result<Verdicts, Refusal> {
    let snapshot = Snapshot {
        awaited_events: leasehold_model::event::EventSet::NONE,
        ttl: TtlMinutes::DEFAULT,
        subject,
    };
    let mut drawn = 0;
    let mut fresh = || {
        drawn += 1;
        LicenseNumber::parse(&format!("made-{drawn}")).unwrap()
    };
    validate(snapshot, request, &mut fresh, now)
}

/// Asks, applies what the answer changed, and returns the answer.
pub(crate) fn call(
    product: &ProductTree,
    licensee: &mut LicenseeAggregate,
    request: &ValidationRequest,
    now: Timestamp,
) -> Validation {
    let decision = ask(product, licensee, request, now).unwrap();
    for change in &decision.changes {
        licensee.apply(change);
    }
    decision.outcome
}

/// Every `valid` of a verdict, with the name it stands under; the item's own is "".
pub(crate) fn valid(verdict: &Verdict) -> Vec<(String, bool)> {
    let item = |valid: bool| vec![(String::new(), valid)];
    match verdict {
        Verdict::TryAndBuy { valid, .. }
        | Verdict::Subscription { valid, .. }
        | Verdict::Floating { valid, .. }
        | Verdict::PayPerUse { valid, .. }
        | Verdict::Quota { valid, .. }
        | Verdict::NodeLocked { valid } => item(*valid),
        Verdict::Rental(features) => features
            .iter()
            .map(|feature| (feature.license.as_str().to_owned(), feature.valid))
            .collect(),
        Verdict::MultiFeature(features) => features
            .iter()
            .map(|feature| (feature.id.to_string(), feature.valid))
            .collect(),
        Verdict::PricingTable { valid, skus, .. } => item(*valid)
            .into_iter()
            .chain(skus.iter().map(|sku| (sku.number.to_string(), sku.valid)))
            .collect(),
    }
}
