//! The only map from failures to HTTP (wire contract, section 10).

use hyper::StatusCode;
use leasehold_model::plan::NotInPlan;
use leasehold_model::validate::Refusal;
use leasehold_store::StoreError;
use leasehold_wire::form::FormError;
use leasehold_wire::info::Info;

use crate::validate::ValidateError;

/// What a request can be about, as the texts name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// `product`
    Product,
    /// `product module`
    ProductModule,
    /// `license template`
    LicenseTemplate,
    /// `licensee`
    Licensee,
    /// `license`
    License,
    /// `token`
    Token,
    /// `transaction`
    Transaction,
    /// `payment method`
    PaymentMethod,
    /// `bundle`
    Bundle,
    /// `notification`
    Notification,
}

impl Entity {
    /// As texts name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::ProductModule => "product module",
            Self::LicenseTemplate => "license template",
            Self::Licensee => "licensee",
            Self::License => "license",
            Self::Token => "token",
            Self::Transaction => "transaction",
            Self::PaymentMethod => "payment method",
            Self::Bundle => "bundle",
            Self::Notification => "notification",
        }
    }
}

/// Why a request fails. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// 404: the path names an entity that does not exist.
    #[error("Requested {} does not exist", .0.as_str())]
    NotFound(Entity),
    /// 404 NotFoundException, with the text as given: names each of several that do not exist.
    #[error("{0}")]
    Missing(String),
    /// 404: no such path.
    #[error("Requested path does not exist")]
    NoSuchPath,
    /// 400 NotFoundException: a parameter names an entity that does not exist.
    #[error("Requested {} does not exist", .0.as_str())]
    UnknownReference(Entity),
    /// 400 NotFoundException: a bundle is to be obtained by nobody. The original words it in a
    /// sentence with a full stop (7.11).
    #[error("Requested licensee does not exist.")]
    UnknownObtainer,
    /// 400 MalformedRequestException, with the text as given.
    #[error("{0}")]
    Malformed(String),
    /// 400 IllegalOperationException, with the text as given.
    #[error("{0}")]
    Illegal(String),
    /// 400 ValidationException, with the text as given: bundles and notifications.
    #[error("{0}")]
    Invalid(String),
    /// 400 IllegalArgumentException, with the text as given: a bundle's price.
    #[error("{0}")]
    IllegalArgument(String),
    /// 400 with two infos: a token lacks the property of this name.
    #[error("Malformed token request")]
    MalformedToken(&'static str),
    /// 402: the vendor's plan does not cover it.
    #[error(transparent)]
    NotInPlan(#[from] NotInPlan),
    /// 400 MalformedRequestException: parameters that cannot be read.
    #[error(transparent)]
    Form(#[from] FormError),
    /// A validation that the rules refuse: 404 or 400.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// 401.
    #[error("Authentication is required: sign in with HTTP Basic")]
    Unauthenticated,
    /// 401.
    #[error("The user name or password is wrong")]
    BadCredentials,
    /// 403.
    #[error("{0}")]
    Denied(&'static str),
    /// 405, with the methods that the path offers.
    #[error("The method is not offered here")]
    MethodNotAllowed(&'static str),
    /// 406.
    #[error("Only application/xml and application/json can be given")]
    NotAcceptable,
    /// 415.
    #[error("The body must be application/x-www-form-urlencoded")]
    UnsupportedMediaType,
    /// 413.
    #[error("The request is larger than {} MiB", .limit / 1024 / 1024)]
    PayloadTooLarge {
        /// In bytes, a whole number of MiB.
        limit: usize,
    },
    /// 408: the body does not arrive.
    #[error("The request's body did not arrive in time")]
    BodyTimeout,
    /// 429.
    #[error("Too many failed sign-ins: try again in {retry_after_s} seconds")]
    TooManyRequests {
        /// Seconds until it is worth asking again.
        retry_after_s: u64,
    },
    /// 409 ConflictException, or an id of our own endpoints.
    #[error("{text}")]
    Conflict {
        /// The info id.
        id: &'static str,
        /// The sentence.
        text: String,
    },
    /// 422 IdempotencyKeyReused.
    #[error("The Idempotency-Key was used for another request in the last 24 hours")]
    KeyReused,
    /// 400: an Idempotency-Key that is none.
    #[error("The Idempotency-Key must have 1 to 255 printable ASCII characters")]
    MalformedKey,
    /// The call was answered meanwhile; the router gives that reply again.
    #[error("The request was answered already")]
    AnsweredMeanwhile,
    /// 503 with Retry-After: the queue is full.
    #[error("The server is busy: try again shortly")]
    Busy,
    /// 503: an agent's machine does not know what time it is (AG-54).
    #[error(
        "The clock of the agent's machine is more than a day behind: set it right, or import a new package"
    )]
    ClockTampered,
    /// 500, or 503 after a failed commit. The cause is logged, never told.
    #[error("The request could not be completed")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How a problem is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The status.
    pub status: StatusCode,
    /// What the envelope says; never internals.
    pub infos: Vec<Info>,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u64>,
    /// `Allow`.
    pub allow: Option<&'static str>,
}

impl Problem {
    /// Status, info and headers of this problem.
    pub fn told(&self) -> Told {
        let (status, id) = self.status_and_id();
        let retry_after_s = match self {
            Self::TooManyRequests { retry_after_s } => Some(*retry_after_s),
            _ if status == StatusCode::SERVICE_UNAVAILABLE => Some(1),
            _ => None,
        };
        let allow = match self {
            Self::MethodNotAllowed(methods) => Some(*methods),
            _ => None,
        };
        let mut infos = vec![Info::error(id, self.to_string())];
        if let Self::MalformedToken(name) = self {
            let text = format!("Property '{name}' not found");
            infos.push(Info::error("TokenValidation", text));
        }
        Told {
            status,
            infos,
            retry_after_s,
            allow,
        }
    }

    fn status_and_id(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound(_) | Self::Missing(_) | Self::NoSuchPath => {
                (StatusCode::NOT_FOUND, "NotFoundException")
            }
            Self::UnknownReference(_) | Self::UnknownObtainer => {
                (StatusCode::BAD_REQUEST, "NotFoundException")
            }
            Self::Malformed(_) | Self::Form(_) | Self::MalformedToken(_) | Self::MalformedKey => {
                (StatusCode::BAD_REQUEST, "MalformedRequestException")
            }
            Self::Illegal(_) => (StatusCode::BAD_REQUEST, "IllegalOperationException"),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "ValidationException"),
            Self::IllegalArgument(_) => (StatusCode::BAD_REQUEST, "IllegalArgumentException"),
            Self::NotInPlan(_) => (StatusCode::PAYMENT_REQUIRED, "PaymentRequiredException"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "IdempotencyKeyReused"),
            Self::AnsweredMeanwhile => (StatusCode::CONFLICT, "ConflictException"),
            Self::Refused(Refusal::UnknownLicensee | Refusal::NoAutoCreate) => {
                (StatusCode::NOT_FOUND, "NotFoundException")
            }
            Self::Refused(Refusal::ProductMismatch | Refusal::ModuleNamedTwice) => {
                (StatusCode::BAD_REQUEST, "MalformedRequestException")
            }
            Self::Unauthenticated | Self::BadCredentials => {
                (StatusCode::UNAUTHORIZED, "AuthenticationException")
            }
            Self::Denied(_) => (StatusCode::FORBIDDEN, "AccessDeniedException"),
            Self::MethodNotAllowed(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowedException")
            }
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "NotAcceptableException"),
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UnsupportedMediaTypeException",
            ),
            Self::PayloadTooLarge { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException")
            }
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException"),
            Self::TooManyRequests { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException")
            }
            Self::Conflict { id, .. } => (StatusCode::CONFLICT, id),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailableException",
            ),
            Self::ClockTampered => (StatusCode::SERVICE_UNAVAILABLE, "agentClockTampered"),
            Self::Internal(cause) => match cause.downcast_ref() {
                Some(StoreError::Stopped | StoreError::Unavailable) => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "ServiceUnavailableException",
                ),
                _ => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerException"),
            },
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::CallAnswered => Self::AnsweredMeanwhile,
            StoreError::NumberTaken(number) => {
                Self::Illegal(format!("The number '{number}' is already in use"))
            }
            other => Self::Internal(Box::new(other)),
        }
    }
}

impl From<ValidateError> for Problem {
    fn from(error: ValidateError) -> Self {
        match error {
            ValidateError::Refused(refusal) => Self::Refused(refusal),
            ValidateError::OutOfScope => Self::Denied("The API key is for another licensee only"),
            ValidateError::NotInPlan(refusal) => Self::NotInPlan(refusal),
            ValidateError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those that a request to a server within a test hardly brings about; the others are asked
    /// for over REST.
    #[test]
    fn a_failure_within_is_told_without_what_failed() {
        let conflict = Problem::Conflict {
            id: "ConflictException",
            text: "The licensee was changed meanwhile".to_owned(),
        };
        let busy = "The server is busy: try again shortly";
        let failed = "The request could not be completed";
        let damaged = StoreError::Damaged("row 7 of /var/lib/leasehold".into());
        let unavailable = "ServiceUnavailableException";
        for (problem, status, id, text, retry_after_s) in [
            (
                conflict,
                409,
                "ConflictException",
                "The licensee was changed meanwhile",
                None,
            ),
            (
                StoreError::CallAnswered.into(),
                409,
                "ConflictException",
                "The request was answered already",
                None,
            ),
            (
                Problem::BodyTimeout,
                408,
                "RequestTimeoutException",
                "The request's body did not arrive in time",
                None,
            ),
            (StoreError::Busy.into(), 503, unavailable, busy, Some(1)),
            (
                Problem::ClockTampered,
                503,
                "agentClockTampered",
                "The clock of the agent's machine is more than a day behind: set it right, or import a new package",
                Some(1),
            ),
            (
                StoreError::Stopped.into(),
                503,
                unavailable,
                failed,
                Some(1),
            ),
            (damaged.into(), 500, "InternalServerException", failed, None),
        ] {
            let told = problem.told();
            assert_eq!(told.status.as_u16(), status, "{id}");
            assert_eq!(told.infos, [Info::error(id, text)]);
            assert_eq!(told.retry_after_s, retry_after_s, "{id}");
            assert_eq!(told.allow, None, "{id}");
        }
    }
}
