//! Payment methods (wire contract, 7.10): fixed rows, which can be annotated.

use leasehold_model::payment_method::{PaymentMethod, PaymentMethodKind};
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::{Edit, VendorView, Write};
use leasehold_wire::context::Item;
use leasehold_wire::entity;
use leasehold_wire::form::Form;

use super::input;
use super::names;

/// All of them, as items.
pub(crate) fn all(view: &VendorView<'_>) -> Vec<Item> {
    PaymentMethodKind::ALL
        .into_iter()
        .map(|kind| entity::payment_method(kind, &current(view, kind)))
        .collect()
}

/// The one of this number, as an item.
pub(crate) fn one(view: &VendorView<'_>, number: &str) -> Result<Item, Problem> {
    let kind = kind(number)?;
    Ok(entity::payment_method(kind, &current(view, kind)))
}

/// Updates the one of this number.
pub(crate) fn update(
    view: &VendorView<'_>,
    number: &str,
    form: &Form,
) -> Result<Edit<Item>, Problem> {
    let kind = kind(number)?;
    if input::text(form, "number")
        .given()
        .is_some_and(|given| given != number)
    {
        return Err(Problem::Illegal(
            "Requested payment method is not supported".to_owned(),
        ));
    }
    let mut method = current(view, kind);
    input::boolean(form, "active")?.replace(&mut method.active);
    let custom = input::custom(form, names::PAYMENT_METHOD, |_| false)?;
    input::apply(&mut method.custom, &custom);
    Ok(Edit {
        outcome: entity::payment_method(kind, &method),
        writes: vec![Write::PutPaymentMethod(kind, method)],
    })
}

fn kind(number: &str) -> Result<PaymentMethodKind, Problem> {
    PaymentMethodKind::parse(number).ok_or(Problem::NotFound(Entity::PaymentMethod))
}

fn current(view: &VendorView<'_>, kind: PaymentMethodKind) -> PaymentMethod {
    view.payment_method(kind).cloned().unwrap_or_default()
}
