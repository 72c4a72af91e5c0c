//! Licenses (wire contract, 7.5), their state included.

mod state;

use jiff::Timestamp;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::license::License;
use leasehold_model::number::{LicenseNumber, NumberKind};
use leasehold_model::product::LicensingModel;
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::transaction::{Transaction, TransactionSource};
use leasehold_service::record;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::announce;
use super::input::{self, Field};
use super::license_template::{check_counts, required_terms};
use super::names;
use super::settings::{self, TERMS};
use super::transaction;
use state::State;

/// Where a license stands: whose it is, and what it was made from.
struct Place<'a> {
    aggregate: &'a LicenseeAggregate,
    module: &'a ModuleTree,
    template: &'a LicenseTemplate,
}

/// The license of this number as an item.
pub(crate) fn item(view: &VendorView<'_>, number: &str) -> Option<Item> {
    let number = LicenseNumber::parse(number).ok()?;
    let owner = view.license_owner(&number)?;
    view.licensee(owner.as_str(), |product, aggregate| {
        item_of(product, aggregate, aggregate.license(&number)?)
    })?
}

/// A license as an item; `None` when its template is unknown, which no edit brings about.
pub(crate) fn item_of(
    product: &ProductTree,
    aggregate: &LicenseeAggregate,
    license: &License,
) -> Option<Item> {
    let (module, _) = product.template(&license.template)?;
    Some(entity::license(
        license,
        &aggregate.licensee.number,
        &module.module.number,
    ))
}

/// True when a license of the vendor has this number.
pub(crate) fn exists(view: &VendorView<'_>, number: &str) -> bool {
    LicenseNumber::parse(number).is_ok_and(|number| view.license_owner(&number).is_some())
}

/// Creates a license.
pub(crate) fn create(
    view: &VendorView<'_>,
    form: &Form,
    now: Timestamp,
) -> Result<Edit<Item>, Problem> {
    let licensee = input::required(form, "licenseeNumber", "Licensee number is not provided")?;
    let template = input::required(
        form,
        "licenseTemplateNumber",
        "License template number is not provided",
    )?;
    let (_, module, template) = view
        .template(template)
        .ok_or(Problem::UnknownReference(Entity::LicenseTemplate))?;
    // Drawn before the licensee is looked at: under its lock other licensees are out of reach.
    let number = input::new_number(form, NumberKind::License, LicenseNumber::parse, |number| {
        exists(view, number)
    });
    let joined = transaction::pending(view, form)?;
    view.licensee(licensee, |product, aggregate| {
        let place = Place {
            aggregate,
            module,
            template,
        };
        let mut license = make(product, &place, number?)?;
        fill(&mut license, &place, form, now)?;
        check(&license, &place)?;
        // What is not paid for yet waits for its transaction.
        license.active &= joined.is_none();
        let event = announced(view, &place, &license);
        let mut edit = put(&place, None, license);
        let source = TransactionSource::LicenseCreate;
        edit.writes.push(booked(&place, &edit, joined, source));
        edit.writes.extend(event);
        Ok(edit.map(|(_, item)| item))
    })
    .ok_or(Problem::UnknownReference(Entity::Licensee))?
}

/// Updates the license of this number.
pub(crate) fn update(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
    now: Timestamp,
) -> Result<Edit<Item>, Problem> {
    let not_found = || Problem::NotFound(Entity::License);
    let number = LicenseNumber::parse(number).map_err(|_| not_found())?;
    let owner = view.license_owner(&number).ok_or_else(not_found)?;
    let joined = transaction::pending(view, form)?;
    let renamed = renamed(view, &number, form)?;
    view.licensee(owner.as_str(), |product, aggregate| {
        let current = aggregate.license(&number).ok_or_else(not_found)?;
        let (module, template) = product.template(&current.template).ok_or_else(not_found)?;
        let place = Place {
            aggregate,
            module,
            template,
        };
        check_unchanged(&place, form)?;
        let mut license = current.clone();
        fill(&mut license, &place, form, now)?;
        check(&license, &place)?;
        if let Some(renamed) = renamed {
            check_unnamed(&place, &number)?;
            license.number = renamed;
        }
        let mut edit = put(&place, Some(number.clone()), license);
        let source = TransactionSource::LicenseUpdate;
        edit.writes.push(booked(&place, &edit, joined, source));
        Ok(edit.map(|(_, item)| item))
    })
    .ok_or_else(not_found)?
}

/// A license as a bundle obtains it: with the terms of its template, and no parameters.
pub(super) fn obtain(
    product: &ProductTree,
    aggregate: &LicenseeAggregate,
    (module, template): (&ModuleTree, &LicenseTemplate),
    number: LicenseNumber,
) -> Result<License, Problem> {
    let place = Place {
        aggregate,
        module,
        template,
    };
    let mut license = make(product, &place, number)?;
    if needs_parent(&license, &place) {
        // Rented time belongs to the module's only feature, be it of this bundle or of before.
        let mut features = aggregate.licenses.iter().filter(|license| {
            let template = module.template(&license.template);
            template.is_some_and(|template| template.license_type == LicenseType::Feature)
        });
        if let (Some(feature), None) = (features.next(), features.next()) {
            license.set("parentfeature", feature.number.as_str());
        }
    }
    check(&license, &place)?;
    Ok(license)
}

/// A license from its template, where there may be one.
fn make(
    product: &ProductTree,
    place: &Place<'_>,
    number: LicenseNumber,
) -> Result<License, Problem> {
    if product.template(&place.template.number).is_none() {
        return Err(Problem::Illegal(
            "The licensee and the license template belong to different products".to_owned(),
        ));
    }
    check_active(product, place)?;
    check_first_evaluation(place)?;
    Ok(License::from_template(number, place.template))
}

fn announced(view: &VendorView<'_>, place: &Place<'_>, license: &License) -> Option<Write> {
    let licensee = &place.aggregate.licensee.number;
    announce::license_created(view, licensee, &place.module.module.number, license)
}

/// The books: the license joins the transaction that the request names, or has one of its own.
fn booked(
    place: &Place<'_>,
    edit: &Edit<(LicenseNumber, Item)>,
    joined: Option<Transaction>,
    source: TransactionSource,
) -> Write {
    let licenses = vec![edit.outcome.0.clone()];
    match joined {
        Some(transaction) => transaction::joined(transaction, licenses),
        None => {
            let licensee = &place.aggregate.licensee.number;
            Write::Record(record::transaction(source, Some(licensee), licenses))
        }
    }
}

/// The number that the request gives the license: it is settled once the transaction that made it
/// is no longer pending (7.5), whatever it joins afterwards.
fn renamed(
    view: &VendorView<'_>,
    number: &LicenseNumber,
    form: &Form,
) -> Result<Option<LicenseNumber>, Problem> {
    let is_same = |given: &str| given == number.as_str();
    if input::text(form, "number").given().is_none_or(is_same) {
        return Ok(None);
    }
    let is_settled = !view.is_license_pending(number);
    input::changed_number(
        form,
        number.as_str(),
        LicenseNumber::parse,
        is_settled.then_some("the transaction that made the license is not pending"),
        |number| exists(view, number),
    )
}

/// Other licenses name a feature by its number.
fn check_unnamed(place: &Place<'_>, number: &LicenseNumber) -> Result<(), Problem> {
    let is_named = place.aggregate.licenses.iter().any(|license| {
        let parent = license.terms().parent_feature.as_deref();
        parent == Some(number.as_str())
    });
    if is_named {
        return Err(Problem::Illegal(format!(
            "The number '{number}' cannot be changed: other licenses name it as their parentfeature"
        )));
    }
    Ok(())
}

/// Refuses what never changes.
fn check_unchanged(place: &Place<'_>, form: &Form) -> Result<(), Problem> {
    input::unchanged(
        form,
        "licenseTemplateNumber",
        place.template.number.as_str(),
    )?;
    let licensee = &place.aggregate.licensee;
    let is_alias = |name: &str| licensee.aliases.iter().any(|alias| alias.as_str() == name);
    match input::text(form, "licenseeNumber").given() {
        Some(name) if is_alias(name) => Ok(()),
        _ => input::unchanged(form, "licenseeNumber", licensee.number.as_str()),
    }
}

fn check_active(product: &ProductTree, place: &Place<'_>) -> Result<(), Problem> {
    let refuse = |what: &str, number: &str| {
        Err(Problem::Illegal(format!(
            "The {what} '{number}' is inactive"
        )))
    };
    if !product.product.active {
        return refuse("product", product.product.number.as_str());
    }
    if !place.module.module.active {
        return refuse("product module", place.module.module.number.as_str());
    }
    if !place.template.active {
        return refuse("license template", place.template.number.as_str());
    }
    Ok(())
}

/// A licensee evaluates a module once (TB-3).
fn check_first_evaluation(place: &Place<'_>) -> Result<(), Problem> {
    let is_evaluation = place.module.module.licensing_model == LicensingModel::TryAndBuy
        && place.template.license_type == LicenseType::TimeVolume;
    let has_one = place.aggregate.licenses.iter().any(|license| {
        place
            .module
            .template(&license.template)
            .is_some_and(|template| template.license_type == LicenseType::TimeVolume)
    });
    if is_evaluation && has_one {
        return Err(Problem::Illegal(format!(
            "The licensee already has an evaluation license of the product module '{}'",
            place.module.module.number
        )));
    }
    Ok(())
}

fn fill(
    license: &mut License,
    place: &Place<'_>,
    form: &Form,
    now: Timestamp,
) -> Result<(), Problem> {
    input::boolean(form, "active")?.replace(&mut license.active);
    input::owned(form, "name").replace_optional(&mut license.name);
    input::boolean(form, "hidden")?.replace(&mut license.hidden);
    let model = place.module.module.licensing_model;
    let keep = required_terms(model, place.template.license_type);
    settings::apply(form, TERMS, keep, |name, value| license.set(name, value))?;
    if let Some(other) = settings::superseded_count(form) {
        license.set(other, "");
    }
    fill_parent(license, place, form);
    state::fill(license, form, now)?;
    for (name, value) in input::custom(form, names::LICENSE, |name| State::of(name).is_some())? {
        license.set(name, value);
    }
    Ok(())
}

/// Two spellings are read and one is kept. Empty ones clear it, where a license can be without.
fn fill_parent(license: &mut License, place: &Place<'_>, form: &Form) {
    const SPELLINGS: [&str; 2] = ["parentfeature", "parentFeature"];
    let fields = SPELLINGS.map(|name| input::text(form, name));
    let given = fields.into_iter().find_map(Field::given);
    let is_cleared = fields.contains(&Field::Empty) && !needs_parent(license, place);
    if given.is_some() || is_cleared {
        license.set("parentFeature", "");
        license.set("parentfeature", given.unwrap_or_default());
    }
}

/// What holds for a license as a whole.
fn check(license: &License, place: &Place<'_>) -> Result<(), Problem> {
    let model = place.module.module.licensing_model;
    let license_type = place.template.license_type;
    let required = required_terms(model, license_type);
    let has_one = required
        .iter()
        .any(|name| license.properties().get(name).is_some());
    if let [first, ..] = required
        && !has_one
    {
        return Err(Problem::Illegal(format!(
            "License of type '{}' must have property '{first}' specified.",
            license_type.as_str()
        )));
    }
    check_counts(model, license.properties())?;
    if is_rented_time(place) {
        check_parent(license, place)?;
    }
    Ok(())
}

fn is_rented_time(place: &Place<'_>) -> bool {
    place.module.module.licensing_model == LicensingModel::Rental
        && place.template.license_type == LicenseType::TimeVolume
}

/// A rented time volume belongs to a feature of its licensee and module; a grace license may
/// belong to none, and then serves them all (RENT-6).
fn needs_parent(license: &License, place: &Place<'_>) -> bool {
    is_rented_time(place) && !license.terms().grace
}

fn check_parent(license: &License, place: &Place<'_>) -> Result<(), Problem> {
    let Some(parent) = &license.terms().parent_feature else {
        return if needs_parent(license, place) {
            Err(Problem::Malformed(
                "License of type 'TIMEVOLUME' must have property 'parentfeature' specified in the licensing model 'Rental'."
                    .to_owned(),
            ))
        } else {
            Ok(())
        };
    };
    let is_feature = place
        .aggregate
        .licenses
        .iter()
        .filter(|license| license.number.as_str() == &**parent)
        .filter_map(|license| place.module.template(&license.template))
        .any(|template| template.license_type == LicenseType::Feature);
    if is_feature {
        Ok(())
    } else {
        Err(Problem::Illegal(format!(
            "parentfeature '{parent}' names no license of type 'FEATURE' of the licensee in the product module '{}'",
            place.module.module.number
        )))
    }
}

fn put(
    place: &Place<'_>,
    former: Option<LicenseNumber>,
    license: License,
) -> Edit<(LicenseNumber, Item)> {
    let licensee = &place.aggregate.licensee.number;
    let item = entity::license(&license, licensee, &place.module.module.number);
    Edit {
        outcome: (license.number.clone(), item),
        writes: vec![Write::Model(Change::Licensee {
            licensee: licensee.clone(),
            change: LicenseeChange::PutLicense { former, license },
        })],
    }
}
