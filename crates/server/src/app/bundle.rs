//! Bundles (wire contract, 7.11).

use leasehold_model::bundle::Bundle;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::number::{BundleNumber, LicenseTemplateNumber, NumberKind, ProductNumber};
use leasehold_model::plan::Feature;
use leasehold_model::property::Properties;
use leasehold_model::snapshot::ModuleTree;
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::transaction::TransactionSource;
use leasehold_service::record;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::input::{self, Field};
use super::licensee::fresh_licenses;
use super::{announce, license, money, names, transaction};

/// A bundle as an item.
pub(crate) fn item(view: &VendorView<'_>, bundle: &Bundle) -> Item {
    let is_stale = |number: &&LicenseTemplateNumber| view.template(number.as_str()).is_none();
    let stale: Vec<_> = bundle.templates.iter().filter(is_stale).collect();
    entity::bundle(bundle, &stale)
}

/// Creates a bundle.
pub(crate) fn create(view: &VendorView<'_>, form: &Form) -> Result<Edit<Item>, Problem> {
    view.account().vendor.plan.allow(Feature::Bundle)?;
    let name = input::text(form, "name")
        .given()
        .ok_or_else(|| Problem::Invalid("Bundle name is required.".to_owned()))?;
    let is_taken = |number: &str| view.bundle(number).is_some();
    let number = input::new_number(form, NumberKind::Bundle, BundleNumber::parse, is_taken)?;
    let mut bundle = Bundle {
        number,
        active: true,
        name: name.into(),
        description: None,
        price: None,
        templates: Vec::new(),
        custom: Properties::new(),
    };
    fill(view, &mut bundle, form)?;
    Ok(put(view, None, bundle))
}

/// Updates the bundle of this number.
pub(crate) fn update(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    let current = view
        .bundle(number)
        .ok_or(Problem::NotFound(Entity::Bundle))?;
    let mut bundle = current.clone();
    let is_taken = |number: &str| view.bundle(number).is_some();
    let renamed = input::changed_number(form, number, BundleNumber::parse, None, is_taken)?;
    if let Some(number) = renamed {
        bundle.number = number;
    }
    fill(view, &mut bundle, form)?;
    Ok(put(view, Some(current.number.clone()), bundle))
}

/// Deletes the bundle of this number; nothing depends on it.
pub(crate) fn delete(view: &VendorView<'_>, number: &str) -> Result<Edit<()>, Problem> {
    let bundle = view
        .bundle(number)
        .ok_or(Problem::NotFound(Entity::Bundle))?;
    Ok(Edit {
        outcome: (),
        writes: vec![Write::RemoveBundle(bundle.number.clone())],
    })
}

/// Makes a license from each of the bundle's templates for one licensee.
pub(crate) fn obtain(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
) -> Result<Edit<Vec<Item>>, Problem> {
    let bundle = view
        .bundle(number)
        .ok_or(Problem::NotFound(Entity::Bundle))?;
    if !bundle.active {
        return Err(Problem::Illegal(format!(
            "The bundle '{number}' is inactive"
        )));
    }
    let licensee = input::required(form, "licenseeNumber", "Licensee number is not provided")?;
    let joined = transaction::pending(view, form)?;
    let mut fresh = fresh_licenses(view);
    let (product, mut aggregate) = view
        .licensee(licensee, |product, aggregate| {
            (product.clone(), aggregate.clone())
        })
        .ok_or(Problem::UnknownObtainer)?;
    let licensee = aggregate.licensee.number.clone();
    let mut writes = Vec::new();
    let mut events = Vec::new();
    let mut made = Vec::new();
    for (place, module, template) in in_order_of_making(view, bundle) {
        let mut license = license::obtain(&product, &aggregate, (module, template), fresh())?;
        license.active &= joined.is_none();
        let change = LicenseeChange::PutLicense {
            former: None,
            license: license.clone(),
        };
        // What follows may rest on what was obtained before it.
        aggregate.apply(&change);
        let module = &module.module.number;
        let item = entity::license(&license, &licensee, module);
        events.extend(announce::license_created(view, &licensee, module, &license));
        made.push((place, license.number, item));
        writes.push(Write::Model(Change::Licensee {
            licensee: licensee.clone(),
            change,
        }));
    }
    made.sort_by_key(|(place, ..)| *place);
    let (obtained, items) = made
        .into_iter()
        .map(|(_, number, item)| (number, item))
        .unzip();
    writes.push(match joined {
        Some(pending) => transaction::joined(pending, obtained),
        None => {
            let source = TransactionSource::ObtainBundle;
            Write::Record(record::transaction(source, Some(&licensee), obtained))
        }
    });
    writes.extend(events);
    Ok(Edit {
        outcome: items,
        writes,
    })
}

/// The bundle's templates that still exist, with the places they have in it: features first,
/// since rented time belongs to one, wherever the bundle names it.
fn in_order_of_making<'v>(
    view: &'v VendorView<'_>,
    bundle: &Bundle,
) -> Vec<(usize, &'v ModuleTree, &'v LicenseTemplate)> {
    let templates = bundle.templates.iter().enumerate();
    let mut found: Vec<_> = templates
        .filter_map(|(place, number)| {
            let (_, module, template) = view.template(number.as_str())?;
            Some((place, module, template))
        })
        .collect();
    found.sort_by_key(|(_, _, template)| template.license_type != LicenseType::Feature);
    found
}

/// The bundles that name a template follow when its number changes.
pub(super) fn renamed_template(
    view: &VendorView<'_>,
    former: &LicenseTemplateNumber,
    number: &LicenseTemplateNumber,
) -> Vec<Write> {
    if former == number {
        return Vec::new();
    }
    let naming = view
        .bundles()
        .filter(|bundle| bundle.templates.contains(former));
    naming
        .map(|bundle| {
            let mut bundle = bundle.clone();
            for template in &mut bundle.templates {
                if template == former {
                    *template = number.clone();
                }
            }
            Write::PutBundle {
                former: Some(bundle.number.clone()),
                bundle,
            }
        })
        .collect()
}

fn fill(view: &VendorView<'_>, bundle: &mut Bundle, form: &Form) -> Result<(), Problem> {
    input::boolean(form, "active")?.replace(&mut bundle.active);
    input::owned(form, "name").replace(&mut bundle.name);
    input::owned(form, "description").replace_optional(&mut bundle.description);
    money::apply_price(form, &mut bundle.price, Problem::IllegalArgument)?;
    // The clients' name, the wiki's, and that of another client.
    const SPELLINGS: [&str; 3] = [
        "licenseTemplateNumbers",
        "licenseTemplatesNumbers",
        "licenseTemplateNumber",
    ];
    let fields = SPELLINGS.map(|name| input::text(form, name));
    if let Some(given) = fields.into_iter().find_map(Field::given) {
        bundle.templates = templates(view, bundle, given)?;
    } else if fields.contains(&Field::Empty) {
        bundle.templates.clear();
    }
    let custom = input::custom(form, names::BUNDLE, |_| false)?;
    input::apply(&mut bundle.custom, &custom);
    Ok(())
}

/// Reads numbers between commas. Those that the bundle has already may be stale; all others exist,
/// and all are of one product.
fn templates(
    view: &VendorView<'_>,
    bundle: &Bundle,
    text: &str,
) -> Result<Vec<LicenseTemplateNumber>, Problem> {
    let mut product: Option<&ProductNumber> = None;
    let mut read = Vec::new();
    for text in text
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        let number = input::number("licenseTemplateNumbers", text, LicenseTemplateNumber::parse)?;
        match view.template(text) {
            Some((tree, _, _)) => {
                let own = &tree.product.number;
                if product.is_some_and(|product| product != own) {
                    return Err(Problem::Illegal(
                        "The license templates of a bundle must belong to one product".to_owned(),
                    ));
                }
                product = Some(own);
            }
            None if bundle.templates.contains(&number) => {}
            None => return Err(Problem::UnknownReference(Entity::LicenseTemplate)),
        }
        if !read.contains(&number) {
            read.push(number);
        }
    }
    Ok(read)
}

fn put(view: &VendorView<'_>, former: Option<BundleNumber>, bundle: Bundle) -> Edit<Item> {
    Edit {
        outcome: item(view, &bundle),
        writes: vec![Write::PutBundle { former, bundle }],
    }
}
