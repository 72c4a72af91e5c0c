//! `tls-selfsigned`: a certificate that is signed by itself, to have TLS within a minute (12.2).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use leasehold_seal::digest::{hex, sha256};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};

use crate::cli::TlsSelfsigned;
use crate::error::AgentError;
use crate::status::instant;

/// For how long it is good: as long as the strictest of clients take one.
const DAYS: i64 = 825;

/// Makes key and certificate, and tells what to do with them.
pub(crate) fn run(order: &TlsSelfsigned, now: Timestamp) -> Result<Vec<String>, AgentError> {
    let TlsSelfsigned {
        hosts,
        files,
        force,
    } = order;
    let failed = |error| AgentError::internal("make a certificate", error);
    let mut params = CertificateParams::new(hosts.clone()).map_err(|error| {
        AgentError::option("--host", format!("cannot be put in a certificate: {error}"))
    })?;
    params.distinguished_name = DistinguishedName::new();
    if let Some(host) = hosts.first() {
        params.distinguished_name.push(DnType::CommonName, host);
    }
    let day = |at: Timestamp| {
        let date = at.to_zoned(TimeZone::UTC).date();
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        rcgen::date_time_ymd(i32::from(date.year()), month, day)
    };
    // A client whose clock is a little behind must not find it made tomorrow.
    let expires = now
        .saturating_add((DAYS * 24).hours())
        .unwrap_or(Timestamp::MAX);
    params.not_before = day(now.saturating_sub(24.hours()).unwrap_or(now));
    params.not_after = day(expires);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().map_err(failed)?;
    let made = params.self_signed(&key).map_err(failed)?;

    // The key first: a certificate without its key would be of no use.
    write(&files.key, key.serialize_pem().as_bytes(), 0o600, *force)?;
    write(&files.certificate, made.pem().as_bytes(), 0o644, *force)?;
    let (certificate, key) = (files.certificate.display(), files.key.display());
    Ok(vec![
        format!("Certificate: {certificate}"),
        format!("Key:         {key}"),
        format!("For:         {}", hosts.join(", ")),
        format!("Expires:     {}", instant(expires)),
        format!("SHA-256:     {}", hex(&sha256(&[made.der()]))),
        format!("Serve with:  --tls.cert={certificate} --tls.key={key}"),
        format!("Clients must be told to trust it: curl --cacert {certificate}"),
    ])
}

/// Writes a file whole: an agent that follows it never reads half of one.
fn write(path: &Path, bytes: &[u8], mode: u32, force: bool) -> Result<(), AgentError> {
    if !force && path.exists() {
        let text = format!(
            "File '{}' is there already. Use --force to replace it.",
            path.display()
        );
        return Err(AgentError::Conflict(text));
    }
    try_write(path, bytes, mode)
        .map_err(|error| AgentError::internal(format!("write '{}'", path.display()), error))
}

fn try_write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let mut file: File = options.open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}
