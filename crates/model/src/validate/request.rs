//! The question: what a validate call asks.

use alloc::boxed::Box;
use alloc::vec::Vec;
use jiff::Timestamp;

use crate::property::Properties;

/// The question. Values of module parameters are as given: whether they are well-formed depends
/// on the module's model and is judged there (G-7).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValidationRequest {
    /// `productNumber`: needed to create a licensee, must match one that exists. As given; it may name nothing.
    pub product: Option<Box<str>>,
    /// `licenseeName`: the name of a licensee created by this call.
    pub licensee_name: Option<Box<str>>,
    /// `licenseeSecret` (G-11).
    pub licensee_secret: Option<Box<str>>,
    /// Compute without any change (G-8).
    pub dry_run: bool,
    /// Add the licensee to the answer (G-12).
    pub for_offline_use: bool,
    /// When that comes to its end from which an agent answers (AG-19). Set by the agent, not by the
    /// caller.
    pub ends: Option<Timestamp>,
    /// The vendor's setting of `ttl` counts from the beginning of the minute, so that answers within
    /// it are the same where nothing else differs. Source: decision 0020.
    pub by_the_minute: bool,
    /// The groups, in the order of their opening keys. They may name unknown modules.
    pub modules: Vec<ModuleParameters>,
    /// What is neither reserved nor consumed: properties of a licensee created by this call.
    pub custom: Properties,
}

impl ValidationRequest {
    /// True when it asks for something that can be used up: a seat, credits, a binding.
    pub fn asks_to_take(&self) -> bool {
        self.modules.iter().any(|module| {
            let asked = [
                &module.action,
                &module.node_secret,
                &module.used_quantity,
                &module.reserve_quantity,
            ];
            asked.into_iter().any(Option::is_some)
        })
    }
}

/// One parameter group (G-7). An empty value is given as `Some("")`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleParameters {
    /// `productModuleNumber`, as given.
    pub module: Box<str>,
    /// `sessionId`
    pub session_id: Option<Box<str>>,
    /// `action`
    pub action: Option<Box<str>>,
    /// `maxCheckoutValidity`, seconds.
    pub max_checkout_validity: Option<Box<str>>,
    /// `nodeSecret`
    pub node_secret: Option<Box<str>>,
    /// `usedQuantity`
    pub used_quantity: Option<Box<str>>,
    /// `reserveQuantity`
    pub reserve_quantity: Option<Box<str>>,
}
