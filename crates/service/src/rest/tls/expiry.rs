//! When a certificate expires: as much of X.509 as that takes (RFC 5280, 4.1).

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{TlsError, files};

/// When the first certificate of a PEM file expires.
pub fn expiry(file: &Path) -> Result<Timestamp, TlsError> {
    let chain = files::certificates(file)?;
    let own = chain.first().and_then(|certificate| not_after(certificate));
    own.ok_or_else(|| TlsError::NoExpiry(file.to_owned()))
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (_, mut whole, _) = element(certificate, Some(SEQUENCE))?;
    let (_, mut rest, _) = element(whole, Some(SEQUENCE))?;
    whole = rest;
    // The version is left out where it is the first one.
    if let Some((_, _, behind)) = element(whole, Some(VERSION)) {
        rest = behind;
    }
    let (_, _, rest) = element(rest, Some(INTEGER))?;
    let (_, _, rest) = element(rest, Some(SEQUENCE))?; // the signature's algorithm
    let (_, _, rest) = element(rest, Some(SEQUENCE))?; // the issuer
    let (_, validity, _) = element(rest, Some(SEQUENCE))?;
    let (_, _, rest) = element(validity, None)?; // not before
    let (tag, text, _) = element(rest, None)?;
    time(tag, str::from_utf8(text).ok()?)
}

/// The first element: its tag, what it holds, and what is behind it.
fn element(bytes: &[u8], expected: Option<u8>) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if expected.is_some_and(|expected| expected != tag) {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

/// `YYMMDDHHMMSSZ`, whose years are those from 1950 on, or `YYYYMMDDHHMMSSZ`.
fn time(tag: u8, text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let text = match tag {
        UTC_TIME if text.len() == 12 => {
            let century = if text < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        GENERALIZED_TIME if text.len() == 14 => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%S", text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cert.pem");
        for year in [2031, 2049, 2050, 3000] {
            let mut wanted = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
            wanted.not_after = rcgen::date_time_ymd(year, 12, 30);
            let key = rcgen::KeyPair::generate().unwrap();
            std::fs::write(&file, wanted.self_signed(&key).unwrap().pem()).unwrap();
            let expected = format!("{year}-12-30T00:00:00Z");
            assert_eq!(expiry(&file).unwrap(), expected.parse().unwrap());
        }
        let whole = files::certificates(&file).unwrap().remove(0);
        for end in 0..whole.len().min(200) {
            assert_eq!(not_after(&whole[..end]), None);
        }
    }
}
