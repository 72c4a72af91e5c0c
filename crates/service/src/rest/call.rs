//! What a handler is given, and what it gives back.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::number::{LicenseeNumber, VendorNumber};
use leasehold_model::role::{ApiKeyRole, Operation};
use leasehold_model::validate::Validation;
use leasehold_seal::xmldsig::ResponseKey;
use leasehold_store::CallKey;
use leasehold_wire::context::Context;
use leasehold_wire::envelope::Envelope;
use leasehold_wire::form::Form;
use leasehold_wire::json::JsonError;

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
    /// The key under which the reply is remembered, when the caller chose one (decision D19):
    /// whoever changes something writes the reply along with it.
    pub key: Option<CallKey>,
    /// The one reading of the clock.
    pub now: Timestamp,
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Of which vendor.
    pub vendor: VendorNumber,
    /// By which right.
    pub access: Access,
    /// For the audit log; never a secret.
    pub actor: Box<str>,
    /// Signs replies to validations (section 9).
    pub response_key: Option<Arc<ResponseKey>>,
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
            } => operation.is_for_own_licensee(),
            Self::ApiKey {
                role,
                licensee: None,
            } => role.may(operation),
        }
    }
}

impl Reply {
    /// The reply as it is remembered, to be given again: the envelope in JSON, nothing for nothing.
    /// Documents are only ever read.
    pub fn remembered(&self) -> Box<str> {
        match self {
            Self::Context(context) => remembered(context),
            Self::Validation(validation) => remembered(validation),
            Self::Document(..) | Self::NoContent => "".into(),
        }
    }

    /// The reply that was remembered as `text`.
    pub fn recalled(text: &str) -> Result<Self, JsonError> {
        if text.is_empty() {
            return Ok(Self::NoContent);
        }
        leasehold_wire::json::read(text.as_bytes()).map(Self::Context)
    }
}

/// What a handler answers when all went well.
#[derive(Debug)]
pub enum Reply {
    /// 200 with an envelope.
    Context(Context),
    /// 200 with the answer of a validation, which is an envelope too.
    Validation(Validation),
    /// 200 with something else than an envelope: its type, and its bytes.
    Document(&'static str, Vec<u8>),
    /// 204.
    NoContent,
}

/// An envelope as it is remembered.
pub(crate) fn remembered(envelope: &impl Envelope) -> Box<str> {
    let bytes = leasehold_wire::json::write(envelope);
    String::from_utf8_lossy(&bytes).into()
}
