//! Deleting (wire contract, section 8): what goes with what, in one edit.

use std::collections::BTreeSet;

use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::license::License;
use leasehold_model::number::{LicenseNumber, LicenseTemplateNumber, LicenseeNumber};
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree};
use leasehold_model::transaction::TransactionSource;
use leasehold_service::record;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};

use super::token;

/// Deletes a product: its licensees with all they own, its modules and their templates.
pub(crate) fn product(
    view: &VendorView<'_>,
    number: &str,
    cascade: bool,
) -> Result<Edit<()>, Problem> {
    let tree = view
        .product(number)
        .ok_or(Problem::NotFound(Entity::Product))?;
    let product = &tree.product.number;
    let has_children = !tree.modules.is_empty() || view.product_in_use(product);
    refuse_children(
        has_children && !cascade,
        "The product has product modules or licensees",
    )?;
    let mut licensees = BTreeSet::new();
    let mut licenses = Vec::new();
    if view.product_in_use(product) {
        view.each_licensee(|tree, aggregate| {
            if tree.product.number == *product {
                licensees.insert(aggregate.licensee.number.clone());
                licenses.extend(numbers(aggregate));
            }
        });
    }
    let mut writes = vec![booked(TransactionSource::ProductDelete, None, licenses)];
    writes.extend(token::revoked(view, &licensees));
    writes.extend(
        licensees
            .into_iter()
            .map(Change::RemoveLicensee)
            .map(Write::Model),
    );
    writes.push(Write::Model(Change::RemoveProduct(product.clone())));
    Ok(done(writes))
}

/// Deletes a module: its templates, and all licenses made from them.
pub(crate) fn product_module(
    view: &VendorView<'_>,
    number: &str,
    cascade: bool,
) -> Result<Edit<()>, Problem> {
    let (_, tree) = view
        .module(number)
        .ok_or(Problem::NotFound(Entity::ProductModule))?;
    refuse_children(
        !tree.templates.is_empty() && !cascade,
        "The product module has license templates",
    )?;
    let templates = tree.templates.iter().map(|template| &template.number);
    let source = TransactionSource::ProductModuleDelete;
    let mut writes = licenses_of(view, tree, templates.collect(), source);
    writes.push(Write::Model(Change::RemoveModule(
        tree.module.number.clone(),
    )));
    Ok(done(writes))
}

/// Deletes a template, and all licenses made from it.
pub(crate) fn license_template(
    view: &VendorView<'_>,
    number: &str,
    cascade: bool,
) -> Result<Edit<()>, Problem> {
    let (_, tree, template) = view
        .template(number)
        .ok_or(Problem::NotFound(Entity::LicenseTemplate))?;
    refuse_children(
        view.template_in_use(&template.number) && !cascade,
        "Licenses were made from the license template",
    )?;
    let source = TransactionSource::LicenseTemplateDelete;
    let mut writes = licenses_of(view, tree, BTreeSet::from([&template.number]), source);
    writes.push(Write::Model(Change::RemoveTemplate(
        template.number.clone(),
    )));
    Ok(done(writes))
}

/// Deletes a licensee with its licenses, and revokes the API keys that are for it alone: they
/// must not open the next licensee of that number. An alias does not name it here.
pub(crate) fn licensee(
    view: &VendorView<'_>,
    number: &str,
    cascade: bool,
) -> Result<Edit<()>, Problem> {
    let (number, licenses) = view
        .licensee(number, |_, aggregate| {
            let licenses: Vec<_> = numbers(aggregate).collect();
            (aggregate.licensee.number.clone(), licenses)
        })
        .filter(|(found, _)| found.as_str() == number)
        .ok_or(Problem::NotFound(Entity::Licensee))?;
    refuse_children(
        !licenses.is_empty() && !cascade,
        "The licensee has licenses",
    )?;
    let licensees = BTreeSet::from([number.clone()]);
    let source = TransactionSource::LicenseeDelete;
    let mut writes = vec![booked(source, Some(&number), licenses)];
    writes.extend(token::revoked(view, &licensees));
    writes.push(Write::Model(Change::RemoveLicensee(number)));
    Ok(done(writes))
}

/// Deletes a license, and the time volumes that belong to it.
pub(crate) fn license(
    view: &VendorView<'_>,
    number: &str,
    cascade: bool,
) -> Result<Edit<()>, Problem> {
    let not_found = || Problem::NotFound(Entity::License);
    let number = LicenseNumber::parse(number).map_err(|_| not_found())?;
    let owner = view.license_owner(&number).ok_or_else(not_found)?;
    let removed = view
        .licensee(owner.as_str(), |_, aggregate| {
            with_dependents(aggregate, |license| license.number == number)
        })
        .ok_or_else(not_found)?;
    refuse_children(
        removed.len() > 1 && !cascade,
        "Licenses of type 'TIMEVOLUME' belong to the license",
    )?;
    let source = TransactionSource::LicenseDelete;
    let mut writes = vec![booked(source, Some(&owner), removed.clone())];
    writes.extend(remove_licenses(&owner, removed));
    Ok(done(writes))
}

/// The removal of every license that was made from one of `templates` of the module, and its
/// entry in the books.
fn licenses_of(
    view: &VendorView<'_>,
    tree: &ModuleTree,
    templates: BTreeSet<&LicenseTemplateNumber>,
    source: TransactionSource,
) -> Vec<Write> {
    let mut licenses = Vec::new();
    let mut removals = Vec::new();
    if templates.iter().any(|number| view.template_in_use(number)) {
        view.each_licensee(|product, aggregate| {
            if product.module(&tree.module.number).is_some() {
                let removed =
                    with_dependents(aggregate, |license| templates.contains(&license.template));
                licenses.extend_from_slice(&removed);
                removals.extend(remove_licenses(&aggregate.licensee.number, removed));
            }
        });
    }
    let mut writes = vec![booked(source, None, licenses)];
    writes.append(&mut removals);
    writes
}

/// The entry in the books, which comes first: it names licenses that are still there.
fn booked(
    source: TransactionSource,
    licensee: Option<&LicenseeNumber>,
    licenses: Vec<LicenseNumber>,
) -> Write {
    Write::Record(record::transaction(source, licensee, licenses))
}

fn numbers(aggregate: &LicenseeAggregate) -> impl Iterator<Item = LicenseNumber> {
    let licenses = aggregate.licenses.iter();
    licenses.map(|license| license.number.clone())
}

/// The licenses that `is_removed` picks, and those that have one of them as their parent feature.
fn with_dependents(
    aggregate: &LicenseeAggregate,
    is_removed: impl Fn(&License) -> bool,
) -> Vec<LicenseNumber> {
    let picked: BTreeSet<&str> = aggregate
        .licenses
        .iter()
        .filter(|license| is_removed(license))
        .map(|license| license.number.as_str())
        .collect();
    let goes_too = |license: &License| {
        let parent = license.terms().parent_feature.as_deref();
        parent.is_some_and(|parent| picked.contains(parent))
    };
    aggregate
        .licenses
        .iter()
        .filter(|license| picked.contains(license.number.as_str()) || goes_too(license))
        .map(|license| license.number.clone())
        .collect()
}

fn remove_licenses(
    licensee: &LicenseeNumber,
    licenses: Vec<LicenseNumber>,
) -> impl Iterator<Item = Write> {
    licenses.into_iter().map(move |number| {
        Write::Model(Change::Licensee {
            licensee: licensee.clone(),
            change: LicenseeChange::RemoveLicense(number),
        })
    })
}

fn refuse_children(refused: bool, reason: &str) -> Result<(), Problem> {
    if refused {
        return Err(Problem::Illegal(format!(
            "{reason}: delete them first, or use forceCascade=true"
        )));
    }
    Ok(())
}

fn done(writes: Vec<Write>) -> Edit<()> {
    Edit {
        outcome: (),
        writes,
    }
}
