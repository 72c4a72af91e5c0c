//! What the audit log says about a command: its steps as JSON, without any secret.

mod sessions;

pub(crate) use sessions::{OfSessions, of_sessions};

use aws_lc_rs::digest::{Context, SHA256};
use leasehold_model::change::LicenseeChange;
use leasehold_model::license::License;
use leasehold_model::licensee::Licensee;
use leasehold_model::property::Given;
use leasehold_model::snapshot::StatefulRights;
use leasehold_model::timestamp::format_timestamp;
use leasehold_model::token::Token;
use leasehold_model::transaction::{Transaction, TransactionSource};
use serde_json::{Value, json};

use super::text::{properties_value, write_events, write_templates};
use crate::command::{JoinedLicense, LicenseePart, Step};
use crate::delivery::Tried;
use crate::write::StoredToken;

/// Steps about licensees that are told one by one. An import of a hundred thousand licensees would make
/// one row of the audit log a third of the database; what it took in is kept elsewhere.
const TOLD: usize = 10_000;

/// One object for each step, in order; `change` says what it is. Of too many steps about licensees, how
/// many there are and the SHA-256 of all that would have been told stand in the end.
pub(crate) fn of(steps: &[Step]) -> String {
    tell(steps, folds(steps))
}

/// True when there are too many steps about licensees to tell each of them.
pub(crate) fn folds(steps: &[Step]) -> bool {
    steps.iter().filter(|step| is_about_licensees(step)).count() > TOLD
}

fn tell(steps: &[Step], folds: bool) -> String {
    let mut text = String::from("[");
    let mut add = |object: String| {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&object);
    };
    let mut folded = Context::new(&SHA256);
    let mut count = 0;
    for step in steps {
        let object = self::step(step).to_string();
        if folds && is_about_licensees(step) {
            folded.update(object.as_bytes());
            count += 1;
        } else {
            add(object);
        }
    }
    if folds {
        let digest = hex(folded.finish().as_ref());
        add(json!({ "change": "licensees", "steps": count, "sha256": digest }).to_string());
    }
    text.push(']');
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_about_licensees(step: &Step) -> bool {
    matches!(
        step,
        Step::CreateLicensee { .. }
            | Step::RemoveLicensee(..)
            | Step::Licensee(_)
            | Step::PutBinding(..)
            | Step::RemoveBinding(_)
    )
}

fn step(step: &Step) -> Value {
    match step {
        Step::PutAccount(account) => json!({
            "change": "putVendor", "number": account.vendor.number.as_str(),
            "login": account.vendor.login, "ttlMinutes": account.vendor.ttl.get(),
            "revision": account.revision,
        }),
        Step::PutProduct { id, product } => json!({
            "change": "putProduct", "id": id.0, "number": product.number.as_str(),
            "active": product.active, "name": product.name, "version": product.version,
            "properties": properties_value(&product.custom),
        }),
        Step::RemoveProduct(id, number) => json!({
            "change": "removeProduct", "id": id.0, "number": number.as_str(),
        }),
        Step::PutModule {
            product,
            id,
            module,
        } => json!({
            "change": "putModule", "product": product.0, "id": id.0,
            "number": module.number.as_str(), "active": module.active, "name": module.name,
            "licensingModel": module.licensing_model.as_str(),
            "properties": properties_value(&module.properties),
        }),
        Step::RemoveModule(id, number) => json!({
            "change": "removeModule", "id": id.0, "number": number.as_str(),
        }),
        Step::PutTemplate {
            module,
            id,
            template,
        } => json!({
            "change": "putTemplate", "module": module.0, "id": id.0,
            "number": template.number.as_str(), "active": template.active,
            "name": template.name, "licenseType": template.license_type.as_str(),
            "automatic": template.automatic,
            "properties": properties_value(&template.properties),
        }),
        Step::RemoveTemplate(id, number) => json!({
            "change": "removeTemplate", "id": id.0, "number": number.as_str(),
        }),
        Step::CreateLicensee {
            product,
            id,
            licensee: created,
        } => licensee("createLicensee", id.0, created, Some(product.0)),
        Step::RemoveLicensee(id, number) => json!({
            "change": "removeLicensee", "id": id.0, "number": number.as_str(),
        }),
        Step::Licensee(step) => part(step.id.0, &step.part),
        Step::PutToken(id, stored) => token(id.0, stored),
        Step::RemoveToken(id) => json!({"change": "removeToken", "id": id.0}),
        Step::PutPackageKey(key) => json!({
            "change": "putPackageKey",
            "public": hex(&key.public),
        }),
        Step::PutGeneration(generation) => json!({
            "change": "putGeneration", "product": generation.product.as_str(),
            "recipient": generation.recipient, "generation": generation.generation,
        }),
        Step::PutBinding(licensee, binding) => json!({
            "change": "putBinding", "licensee": licensee.0,
            "package": binding.package, "recipient": binding.recipient,
            "generation": binding.generation,
            "delegated": binding.stateful == StatefulRights::Delegated,
            "report": binding.report.map(|report| report.sequence),
        }),
        Step::RemoveBinding(licensee) => json!({
            "change": "removeBinding", "licensee": licensee.0,
        }),
        Step::PutImport(id, import) => json!({
            "change": "putImport", "id": id.0, "package": import.package,
            "product": import.product.as_str(), "generation": import.generation,
        }),
        Step::RemoveDocument(name) => json!({ "change": "removeDocument", "name": name }),
        Step::PutDocument(document) => json!({
            "change": "putDocument", "name": document.name, "bytes": document.content.len(),
        }),
        Step::PutBundle(id, bundle) => json!({
            "change": "putBundle", "id": id.0, "number": bundle.number.as_str(),
            "active": bundle.active, "name": bundle.name,
            "templates": write_templates(&bundle.templates),
            "properties": properties_value(&bundle.custom),
        }),
        Step::RemoveBundle(id, number) => json!({
            "change": "removeBundle", "id": id.0, "number": number.as_str(),
        }),
        Step::PutNotification(id, stored) => {
            let notification = &stored.notification;
            json!({
                "change": "putNotification", "id": id.0,
                "number": notification.number.as_str(), "active": notification.active,
                "name": notification.name, "events": write_events(notification.events),
                "endpoint": notification.endpoint,
                "properties": properties_value(&notification.custom),
            })
        }
        Step::RemoveNotification(id, number) => json!({
            "change": "removeNotification", "id": id.0, "number": number.as_str(),
        }),
        Step::PutPaymentMethod(kind, method) => json!({
            "change": "putPaymentMethod", "number": kind.as_str(), "active": method.active,
        }),
        Step::CreateTransaction {
            id,
            transaction: created,
            joined,
            ..
        } => transaction("createTransaction", Some(id.0), created, joined),
        Step::UpdateTransaction {
            transaction: updated,
            joined,
            ..
        } => transaction("updateTransaction", None, updated, joined),
        Step::Announce {
            id,
            announcement,
            listeners,
        } => json!({
            "change": "announce", "id": id.0, "event": announcement.id,
            "kind": announcement.kind.as_str(),
            "listeners": listeners.iter().map(|listener| listener.0).collect::<Vec<_>>(),
        }),
        Step::Deliver(attempt) => json!({
            "change": "deliver", "notification": attempt.key.notification.0,
            "event": attempt.key.event.0, "delivered": attempt.tried == Tried::Delivered,
            "status": attempt.status,
        }),
        Step::Remember(_) => json!({"change": "rememberReply"}),
        Step::Forget { .. } => json!({"change": "forget"}),
    }
}

fn token(id: i64, stored: &StoredToken) -> Value {
    let key = stored.token.api_key();
    let kind = match &stored.token {
        Token::ApiKey(_) => "APIKEY",
        Token::Ticket(ticket) => ticket.kind.as_str(),
    };
    json!({
        "change": "putToken", "id": id, "type": kind, "role": key.map(|key| key.role.as_str()),
        "active": key.map(|key| key.active), "name": key.map(|key| &key.name),
        "licensee": stored.token.licensee().map(|number| number.as_str()),
        "expires": stored.token.expires().map(format_timestamp),
        "signs": stored.response_key.is_some(),
    })
}

/// The number of an automatic transaction is settled when it is written, and is found by its id.
fn transaction(
    change: &str,
    id: Option<i64>,
    transaction: &Transaction,
    joined: &[JoinedLicense],
) -> Value {
    let is_automatic = !matches!(transaction.source, TransactionSource::Shop);
    json!({
        "change": change, "id": id,
        "number": (!is_automatic || id.is_none()).then(|| transaction.number.as_str()),
        "status": transaction.status.as_str(), "source": transaction.source.as_str(),
        "licensee": transaction.licensee.as_ref().map(|number| number.as_str()),
        "licenses": joined.iter().map(|license| license.number.as_str()).collect::<Vec<_>>(),
    })
}

fn part(licensee_id: i64, part: &LicenseePart) -> Value {
    match part {
        LicenseePart::Own(LicenseeChange::Put(put)) => {
            licensee("putLicensee", licensee_id, put, None)
        }
        LicenseePart::Own(LicenseeChange::Warn(levels)) => {
            let levels = levels.0.iter();
            json!({
                "change": "warn", "licenseeId": licensee_id,
                "levels": levels
                    .map(|(module, level)| json!([module.as_str(), level.as_str()]))
                    .collect::<Vec<_>>(),
            })
        }
        LicenseePart::Own(_) => json!({"change": "storeSecret", "licenseeId": licensee_id}),
        LicenseePart::PutLicense {
            id,
            template,
            license: put,
        } => license(licensee_id, id.0, template.0, put),
        LicenseePart::RemoveLicense(id, number) => json!({
            "change": "removeLicense", "licenseeId": licensee_id, "id": id.0,
            "number": number.as_str(),
        }),
        LicenseePart::Use(id, used) => json!({
            "change": "use", "id": id.0, "license": used.license.as_str(), "amount": used.amount,
        }),
        LicenseePart::License(id, change) => state(id.0, change),
    }
}

fn state(id: i64, change: &LicenseeChange) -> Value {
    match change {
        LicenseeChange::Start { license, at } => json!({
            "change": "start", "id": id, "license": license.as_str(), "at": format_timestamp(*at),
        }),
        LicenseeChange::HoldSession {
            license,
            session,
            until,
        } => json!({
            "change": "holdSession", "id": id, "license": license.as_str(), "session": session,
            "until": format_timestamp(*until),
        }),
        LicenseeChange::DropSession { license, session } => json!({
            "change": "dropSession", "id": id, "license": license.as_str(), "session": session,
        }),
        LicenseeChange::BindNode { license, slot, .. } => json!({
            "change": "bindNode", "id": id, "license": license.as_str(), "slot": slot,
        }),
        _ => Value::Null,
    }
}

fn licensee(change: &str, id: i64, licensee: &Licensee, product: Option<i64>) -> Value {
    let aliases = licensee.aliases.iter();
    json!({
        "change": change, "licenseeId": id, "product": product,
        "number": licensee.number.as_str(), "active": licensee.active, "name": licensee.name,
        "aliases": aliases.map(|alias| alias.as_str()).collect::<Vec<_>>(),
        "markedForTransfer": licensee.marked_for_transfer,
        "properties": properties_value(&licensee.custom),
    })
}

fn license(licensee_id: i64, id: i64, template: i64, license: &License) -> Value {
    let sessions = license.sessions.iter();
    json!({
        "change": "putLicense", "licenseeId": licensee_id, "id": id, "template": template,
        "number": license.number.as_str(), "active": license.active, "name": license.name,
        "startDate": license.start_date.as_ref().map(Given::text),
        "usedQuantity": license.used_quantity.as_ref().map(Given::text),
        "sessions": sessions
            .map(|(session, until)| json!([session, until.text()]))
            .collect::<Vec<_>>(),
        "nodes": license.node_secrets.len(),
        "properties": properties_value(license.properties()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{LicenseeId, ProductId};
    use leasehold_model::number::{LicenseeNumber, ProductNumber};

    #[test]
    fn of_too_many_licensees_a_digest_is_told_and_of_all_else_everything() {
        let removed = |id, number| {
            Step::RemoveLicensee(LicenseeId(id), LicenseeNumber::parse(number).unwrap())
        };
        let product = Step::RemoveProduct(ProductId(7), ProductNumber::parse("P").unwrap());
        let steps = [removed(1, "A"), product, removed(2, "B")];
        let [a, p, b] = steps.each_ref().map(|one| step(one).to_string());
        assert_eq!(tell(&steps, false), format!("[{a},{p},{b}]"));
        let mut whole = Context::new(&SHA256);
        whole.update(format!("{a}{b}").as_bytes());
        let digest = hex(whole.finish().as_ref());
        let told = tell(&steps, true);
        let expected =
            format!("[{p},{{\"change\":\"licensees\",\"sha256\":\"{digest}\",\"steps\":2}}]");
        assert_eq!(told, expected);
    }
}
