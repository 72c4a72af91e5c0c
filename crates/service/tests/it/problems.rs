//! Every problem: status, info id and text; and that no internals are told.

use leasehold_model::validate::Refusal;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::StoreError;
use leasehold_wire::form::FormError;
use leasehold_wire::info::InfoKind;

/// All problems, one line each: `status id: text`.
fn table() -> Vec<(Problem, &'static str)> {
    let internal = StoreError::Damaged("page 7 of /var/lib/leasehold".to_owned());
    vec![
        (
            Problem::NotFound(Entity::ProductModule),
            "404 NotFoundException: Requested product module does not exist",
        ),
        (
            Problem::Missing("Requested licensees do not exist: I1, I2".to_owned()),
            "404 NotFoundException: Requested licensees do not exist: I1, I2",
        ),
        (
            Problem::NoSuchPath,
            "404 NotFoundException: Requested path does not exist",
        ),
        (
            Problem::UnknownReference(Entity::LicenseTemplate),
            "400 NotFoundException: Requested license template does not exist",
        ),
        (
            Problem::Malformed("Product name is required".to_owned()),
            "400 MalformedRequestException: Product name is required",
        ),
        (
            Problem::Illegal("The product has licensees".to_owned()),
            "400 IllegalOperationException: The product has licensees",
        ),
        (
            Problem::Form(FormError::PercentEncoding),
            "400 MalformedRequestException: The request holds a broken percent-encoding",
        ),
        (
            Problem::Refused(Refusal::UnknownLicensee),
            "404 NotFoundException: Requested licensee does not exist and the productNumber is not provided",
        ),
        (
            Problem::Refused(Refusal::NoAutoCreate),
            "404 NotFoundException: Requested licensee does not exist",
        ),
        (
            Problem::Refused(Refusal::ProductMismatch),
            "400 MalformedRequestException: The licensee does not belong to the product that productNumber names",
        ),
        (
            Problem::Refused(Refusal::ModuleNamedTwice),
            "400 MalformedRequestException: A product module is named by more than one productModuleNumber parameter",
        ),
        (
            Problem::Unauthenticated,
            "401 AuthenticationException: Authentication is required: sign in with HTTP Basic",
        ),
        (
            Problem::BadCredentials,
            "401 AuthenticationException: The user name or password is wrong",
        ),
        (Problem::Denied("No"), "403 AccessDeniedException: No"),
        (
            Problem::MethodNotAllowed("GET"),
            "405 MethodNotAllowedException: The method is not offered here",
        ),
        (
            Problem::NotAcceptable,
            "406 NotAcceptableException: Only application/xml and application/json can be given",
        ),
        (
            Problem::BodyTimeout,
            "408 RequestTimeoutException: The request's body did not arrive in time",
        ),
        (
            Problem::Conflict {
                id: "ConflictException",
                text: "Changed meanwhile".to_owned(),
            },
            "409 ConflictException: Changed meanwhile",
        ),
        (
            Problem::PayloadTooLarge { limit: 1024 * 1024 },
            "413 PayloadTooLargeException: The request is larger than 1 MiB",
        ),
        (
            Problem::UnsupportedMediaType,
            "415 UnsupportedMediaTypeException: The body must be application/x-www-form-urlencoded",
        ),
        (
            Problem::TooManyRequests { retry_after_s: 17 },
            "429 TooManyRequestsException: Too many failed sign-ins: try again in 17 seconds",
        ),
        (
            Problem::Busy,
            "503 ServiceUnavailableException: The server is busy: try again shortly",
        ),
        (
            Problem::from(internal),
            "500 InternalServerException: The request could not be completed",
        ),
        (
            Problem::from(StoreError::Stopped),
            "503 ServiceUnavailableException: The request could not be completed",
        ),
        (
            Problem::from(StoreError::Busy),
            "503 ServiceUnavailableException: The server is busy: try again shortly",
        ),
        (
            Problem::from(StoreError::NumberTaken("P1".to_owned())),
            "400 IllegalOperationException: The number 'P1' is already in use",
        ),
    ]
}

#[test]
fn every_problem_is_told_by_status_id_and_text() {
    for (problem, expected) in table() {
        let told = problem.told();
        let line = format!(
            "{} {}: {}",
            told.status.as_u16(),
            told.infos[0].id,
            told.infos[0].text
        );
        assert_eq!(line, expected);
        assert_eq!(told.infos[0].kind, InfoKind::Error);
    }
}

#[test]
fn headers_say_when_to_come_back_and_what_is_offered() {
    for (problem, _) in table() {
        let told = problem.told();
        let expected = match told.status.as_u16() {
            429 => Some(17),
            503 => Some(1),
            _ => None,
        };
        assert_eq!(told.retry_after_s, expected, "{problem:?}");
        assert_eq!(told.allow.is_some(), told.status.as_u16() == 405);
    }
}
