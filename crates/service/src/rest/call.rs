//! What a handler is given, and what it gives back.

use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, VendorNumber};
use leasehold_model::role::{ApiKeyRole, Operation};
use leasehold_wire::context::Context;
use leasehold_wire::form::Form;

/// The methods of the API; everything else is 405.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads; `HEAD` is a GET without a body.
    Get,
    /// Creates, updates, validates.
    Post,
    /// Deletes.
    Delete,
}

/// A request that was authenticated, routed and found permitted.
#[derive(Debug)]
pub struct Call {
    /// Who asks.
    pub principal: Principal,
    /// The path's variable segments, decoded, in order.
    pub captures: Vec<String>,
    /// Query and body together.
    pub form: Form,
    /// The one reading of the clock.
    pub now: Timestamp,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Of which vendor.
    pub vendor: VendorNumber,
    /// By which right.
    pub access: Access,
    /// For the audit log; never a secret.
    pub actor: Box<str>,
}

/// By which right somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The vendor's own login: everything.
    Login,
    /// An API key.
    ApiKey {
        /// What it may do.
        role: ApiKeyRole,
        /// It may then validate and transfer for this licensee only.
        licensee: Option<LicenseeNumber>,
    },
    /// Anybody, on an agent that demands no credentials: validate, and read what it lists.
    Open,
}

impl Access {
    /// True when this right covers `operation`; whose licensee it is about is the handler's to judge.
    pub fn may(&self, operation: Operation) -> bool {
        match self {
            Self::Login => true,
            Self::Open => matches!(operation, Operation::Validate | Operation::Read),
            Self::ApiKey {
                licensee: Some(_), ..
            } => operation == Operation::Validate,
            Self::ApiKey {
                role,
                licensee: None,
            } => role.may(operation),
        }
    }
}

/// What a handler answers when all went well.
#[derive(Debug)]
pub enum Reply {
    /// 200 with an envelope.
    Context(Context),
    /// 204.
    NoContent,
}
