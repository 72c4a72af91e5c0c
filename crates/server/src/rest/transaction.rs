//! Transactions (wire contract, 7.8). They stay: there is no delete.

use jiff::Timestamp;
use leasehold_model::role::Operation;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_service::rest::route::{Parameter, Route};
use leasehold_store::{Edit, VendorView};
use leasehold_wire::context::Item;
use leasehold_wire::filter::Filter;
use leasehold_wire::form::Form;

use super::parameters;
use super::resource::{self, Resource};
use crate::App;
use crate::app::names::{self, Names};
use crate::app::transaction;

pub(super) fn routes() -> Vec<Route<App>> {
    resource::lasting_routes::<Transactions>()
}

struct Transactions;

impl Resource for Transactions {
    const ENTITY: Entity = Entity::Transaction;
    const COLLECTION: &'static str = "/transaction";
    const ITEM: &'static str = "/transaction/{transactionNumber}";
    const CHANGE: Operation = Operation::ChangeTransactions;
    const NAMES: Names = names::TRANSACTION;
    const ACTIONS: [&'static str; 2] = ["transaction.create", "transaction.update"];
    const SUMMARIES: [&'static str; 4] = [
        "List the transactions",
        "Read a transaction",
        "Create a transaction",
        "Update a transaction; closing it activates its licenses",
    ];
    const KIND: &'static str = "Transaction";
    const CREATE: &'static [Parameter] = parameters::TRANSACTION;
    const UPDATE: &'static [Parameter] = parameters::TRANSACTION_UPDATE;

    /// Clients ask for `shopOnly=true` (section 3).
    fn filter(form: &Form) -> Filter {
        Filter::parse(form.get("filter")).with_shorthand("shopOnly", ("source", "SHOP"))
    }

    fn all(view: &VendorView<'_>) -> Vec<Item> {
        transaction::all(view)
    }

    fn one(view: &VendorView<'_>, number: &str) -> Option<Item> {
        transaction::one(view, number)
    }

    fn create(view: &VendorView<'_>, form: &Form, now: Timestamp) -> Result<Edit<Item>, Problem> {
        transaction::create(view, form, now)
    }

    fn update(
        view: &VendorView<'_>,
        number: &str,
        form: &Form,
        now: Timestamp,
    ) -> Result<Edit<Item>, Problem> {
        transaction::update(view, number, form, now)
    }
}
