//! Credentials of a request (wire contract, section 6).

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use leasehold_seal::secret::Secret;

use crate::rest::problem::Problem;

/// HTTP Basic credentials, split at the first `:`.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The vendor's login, or `apiKey`.
    pub user: String,
    /// The password, or the API key's number.
    pub password: Secret,
}

/// The user name that announces an API key.
pub const API_KEY_USER: &str = "apiKey";

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Credentials {
    /// Reads the value of an `Authorization` header. Another scheme than Basic shows no
    /// credentials that could be judged; Basic without readable credentials shows wrong ones.
    pub fn parse(authorization: &[u8]) -> Result<Self, Problem> {
        let blank = authorization
            .iter()
            .position(|byte| *byte == b' ')
            .ok_or(Problem::Unauthenticated)?;
        let (scheme, rest) = authorization.split_at(blank);
        if !scheme.eq_ignore_ascii_case(b"Basic") {
            return Err(Problem::Unauthenticated);
        }
        let decoded = BASE64
            .decode(rest.trim_ascii())
            .map_err(|_| Problem::BadCredentials)?;
        let mut text = String::from_utf8(decoded).map_err(|_| Problem::BadCredentials)?;
        let Some(colon) = text.find(':') else {
            // Whatever it was meant for, it may be secret.
            drop(Secret::new(text));
            return Err(Problem::BadCredentials);
        };
        let user = text[..colon].to_owned();
        // In place, so that there is one copy of the password, wiped with all its room in the end.
        text.drain(..=colon);
        Ok(Self {
            user,
            password: Secret::new(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(header: &str) -> Result<(String, String), Problem> {
        let read = Credentials::parse(header.as_bytes())?;
        Ok((read.user, read.password.expose().to_owned()))
    }

    #[test]
    fn basic_credentials_split_at_the_first_colon() {
        for (header, user, password) in [
            ("Basic ZGVtbzpkZW1v", "demo", "demo"),
            ("basic  ZGVtbzpkZW1v ", "demo", "demo"),
            // "a:b:c", and "ü:ß" without its padding
            ("Basic YTpiOmM=", "a", "b:c"),
            ("Basic w7w6w58", "ü", "ß"),
            ("Basic Og==", "", ""),
        ] {
            let (read_user, read_password) = parsed(header).unwrap();
            assert_eq!((&*read_user, &*read_password), (user, password), "{header}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for header in ["", "Basic", "Bearer abc", "Digest username=\"x\""] {
            let refused = parsed(header).unwrap_err();
            assert!(matches!(refused, Problem::Unauthenticated), "{header}");
        }
        // Not base64, no colon, not UTF-8.
        for header in ["Basic ***", "Basic ZGVtbw==", "Basic /zov"] {
            let refused = parsed(header).unwrap_err();
            assert!(matches!(refused, Problem::BadCredentials), "{header}");
        }
    }
}
