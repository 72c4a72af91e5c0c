//! Licensees (wire contract, 7.4).

use std::collections::HashSet;

use leasehold_model::acquire::automatic_licenses;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::licensee::{Licensee, LicenseeSecret};
use leasehold_model::number::{LicenseNumber, LicenseeNumber, NumberKind};
use leasehold_model::transaction::TransactionSource;
use leasehold_service::numbers;
use leasehold_service::record;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::announce;
use super::input::{self, Field};
use super::names;
use super::token;

/// Creates a licensee, with a license from every automatic template of its product (G-5).
pub(crate) fn create(view: &VendorView<'_>, form: &Form) -> Result<Edit<Item>, Problem> {
    let product = input::required(form, "productNumber", "Product number is not provided")?;
    let tree = view
        .product(product)
        .ok_or(Problem::UnknownReference(Entity::Product))?;
    if !tree.product.active {
        return Err(Problem::Illegal(format!(
            "The product '{product}' is inactive"
        )));
    }
    let plan = &view.account().vendor.plan;
    plan.allow_licensee(view.licensee_count())?;
    let number = input::new_number(
        form,
        NumberKind::Licensee,
        LicenseeNumber::parse,
        |number| exists(view, number),
    )?;
    let mut licensee = Licensee::new(number);
    fill(view, &mut licensee, None, form)?;
    let is_marked = licensee.marked_for_transfer == Some(true);
    let licenses = automatic_licenses(tree, is_marked, &mut fresh_licenses(view));
    let outcome = entity::licensee(&licensee, &tree.product.number, !licenses.is_empty());
    let number = licensee.number.clone();
    let mut writes = vec![Write::Model(Change::CreateLicensee {
        product: tree.product.number.clone(),
        licensee,
    })];
    let numbers = licenses.iter().map(|license| license.number.clone());
    let record = record::transaction(
        TransactionSource::LicenseeCreate,
        Some(&number),
        numbers.collect(),
    );
    let mut events = Vec::new();
    events.extend(announce::licensee_created(view, &number, &outcome));
    for license in licenses {
        if let Some((module, _)) = tree.template(&license.template) {
            let module = &module.module.number;
            events.extend(announce::license_created(view, &number, module, &license));
        }
        writes.push(Write::Model(Change::Licensee {
            licensee: number.clone(),
            change: LicenseeChange::PutLicense {
                former: None,
                license,
            },
        }));
    }
    writes.push(Write::Record(record));
    writes.extend(events);
    Ok(Edit { outcome, writes })
}

/// Updates the licensee of this number; an alias does not name it here.
pub(crate) fn update(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    let (product, current, in_use) = view
        .licensee(number, |product, aggregate| {
            (
                product.product.number.clone(),
                aggregate.licensee.clone(),
                !aggregate.licenses.is_empty(),
            )
        })
        .filter(|(_, licensee, _)| licensee.number.as_str() == number)
        .ok_or(Problem::NotFound(Entity::Licensee))?;
    input::unchanged(form, "productNumber", product.as_str())?;
    let renamed = input::changed_number(
        form,
        number,
        LicenseeNumber::parse,
        in_use.then_some("the licensee has licenses"),
        // One of its own aliases may become its number, once it is no alias any more.
        |number| owner(view, number).is_some_and(|owner| owner != current.number),
    )?;
    let mut licensee = current.clone();
    if let Some(number) = renamed {
        licensee.number = number;
    }
    fill(view, &mut licensee, Some(&current.number), form)?;
    let mut writes = Vec::new();
    if licensee.number != current.number {
        writes.extend(token::rescoped(view, &current.number, &licensee.number));
    }
    let outcome = entity::licensee(&licensee, &product, in_use);
    writes.push(Write::Model(Change::Licensee {
        licensee: current.number,
        change: LicenseeChange::Put(licensee),
    }));
    Ok(Edit { outcome, writes })
}

/// Numbers for new licenses, each unused within the vendor and given once.
pub(super) fn fresh_licenses(view: &VendorView<'_>) -> impl FnMut() -> LicenseNumber {
    let mut given = HashSet::new();
    move || {
        loop {
            let number = numbers::draw_license();
            if view.license_owner(&number).is_none() && given.insert(number.clone()) {
                return number;
            }
        }
    }
}

/// The licensee that has this number or alias.
fn owner(view: &VendorView<'_>, number: &str) -> Option<LicenseeNumber> {
    view.licensee(number, |_, aggregate| aggregate.licensee.number.clone())
}

fn exists(view: &VendorView<'_>, number: &str) -> bool {
    view.licensee(number, |_, _| ()).is_some()
}

fn fill(
    view: &VendorView<'_>,
    licensee: &mut Licensee,
    former: Option<&LicenseeNumber>,
    form: &Form,
) -> Result<(), Problem> {
    input::boolean(form, "active")?.replace(&mut licensee.active);
    input::owned(form, "name").replace_optional(&mut licensee.name);
    input::text(form, "licenseeSecret")
        .map(LicenseeSecret::new)
        .replace_optional(&mut licensee.secret);
    input::boolean(form, "markedForTransfer")?.replace_optional(&mut licensee.marked_for_transfer);
    match input::text(form, "aliases") {
        Field::Absent => {}
        Field::Empty => licensee.aliases.clear(),
        Field::Given(text) => licensee.aliases = aliases(text)?,
    }
    check_aliases(view, licensee, former)?;
    let custom = input::custom(form, names::LICENSEE, |_| false)?;
    input::apply(&mut licensee.custom, &custom);
    Ok(())
}

/// Reads a JSON array of texts, or texts separated by commas as one client sends them (section 5).
fn aliases(text: &str) -> Result<Vec<LicenseeNumber>, Problem> {
    let listed: Vec<String> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text)
            .map_err(|_| input::malformed("aliases", text, "a JSON array of texts"))?
    } else {
        text.split(',')
            .map(|alias| alias.trim().to_owned())
            .collect()
    };
    listed
        .iter()
        .map(|alias| input::number("aliases", alias, LicenseeNumber::parse))
        .collect()
}

/// Each alias is unique among all numbers and aliases of the vendor's licensees.
fn check_aliases(
    view: &VendorView<'_>,
    licensee: &Licensee,
    former: Option<&LicenseeNumber>,
) -> Result<(), Problem> {
    let mut seen = HashSet::from([&licensee.number]);
    for alias in &licensee.aliases {
        let is_other = owner(view, alias.as_str()).is_some_and(|owner| Some(&owner) != former);
        if is_other || !seen.insert(alias) {
            return Err(Problem::Illegal(format!(
                "The alias '{alias}' is already in use"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_come_as_json_or_between_commas() {
        let read = |text| {
            let aliases = aliases(text).unwrap();
            aliases.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(read(r#"["a","b,c"]"#), ["a", "b,c"]);
        assert_eq!(read("a, b"), ["a", "b"]);
        assert_eq!(read("[]"), [""; 0]);
        for refused in ["[1]", "[\"a\"", "a,,b", r#"[""]"#] {
            assert!(aliases(refused).is_err(), "{refused}");
        }
    }
}
