//! The answer of a validation as an envelope (wire contract, section 7.6).

use leasehold_model::validate::Validation;

use crate::context::Context;

/// Writes the answer's items, infos and ttl. Property order within an item: `productModuleNumber`,
/// `valid`, the model's own values, `productModuleName`, `warningLevel`, `licensingModel`.
pub fn context(_validation: &Validation) -> Context {
    todo!()
}
