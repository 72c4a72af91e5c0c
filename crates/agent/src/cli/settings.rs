//! The sources of settings, asked in their order: flag, environment, file (D20).

use std::path::{Path, PathBuf};

use leasehold_seal::secret::Secret;

use super::Flags;
use super::config::{
    MISSING, PASSPHRASE_VARIABLE, PassphraseSource, PasswordSource, Sealing, VendorKey, refused,
};
use super::file::File;
use super::options::{Definition, Id};
use crate::error::AgentError;

/// The sources, asked in their order.
pub(super) struct Settings<'a> {
    pub(super) flags: &'a Flags,
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
    pub(super) file: File,
}

/// Where a value comes from; the least prevails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Flag,
    Variable,
    File,
}

impl Settings<'_> {
    /// Every value of the first source that has any.
    pub(super) fn given(&self, id: Id) -> Option<(Source, Vec<String>)> {
        let row = Definition::of(id);
        let flags: Vec<String> = self.flags.values(id).map(str::to_owned).collect();
        if !flags.is_empty() {
            return Some((Source::Flag, flags));
        }
        if let Some(text) = self.variable(&row.variable()) {
            return Some((Source::Variable, vec![text]));
        }
        let file = self.file.values.get(row.long)?;
        Some((Source::File, file.clone()))
    }

    /// A variable; an empty one counts as not set.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|text| !text.is_empty())
    }

    pub(super) fn one(&self, id: Id) -> Option<(Source, String)> {
        let (source, values) = self.given(id)?;
        Some((source, values.into_iter().next()?))
    }

    pub(super) fn text(&self, id: Id) -> Option<String> {
        self.one(id).map(|(_, text)| text)
    }

    /// Every value of an option whose values may also be joined by commas.
    pub(super) fn items(&self, id: Id) -> Option<Vec<String>> {
        let (_, values) = self.given(id)?;
        let items = values.iter().flat_map(|value| value.split(','));
        Some(items.map(|item| item.trim().to_owned()).collect())
    }

    pub(super) fn required(&self, id: Id) -> Result<String, AgentError> {
        let text = self.text(id).filter(|text| !text.is_empty());
        text.ok_or_else(|| refused(id, MISSING))
    }

    pub(super) fn switch(&self, id: Id) -> Result<bool, AgentError> {
        Ok(self.switched(id)?.is_some())
    }

    /// Where a switch was turned on.
    pub(super) fn switched(&self, id: Id) -> Result<Option<Source>, AgentError> {
        match self.one(id) {
            Some((source, text)) if text == "true" => Ok(Some(source)),
            None => Ok(None),
            Some((_, text)) if text == "false" => Ok(None),
            Some(_) => Err(refused(id, "expected true or false")),
        }
    }

    pub(super) fn path(&self, id: Id, work_dir: &Path) -> Result<PathBuf, AgentError> {
        Ok(match self.text(id).as_deref() {
            None | Some(".") => work_dir.to_owned(),
            Some("") => return Err(refused(id, "must not be empty")),
            Some(text) => work_dir.join(text),
        })
    }

    pub(super) fn password(&self, work_dir: &Path) -> Result<PasswordSource, AgentError> {
        let given = self.one(Id::Password).map(|(source, text)| {
            let password = match text.as_str() {
                "-" => PasswordSource::Stdin,
                _ => PasswordSource::Given(Secret::new(text)),
            };
            (source, password)
        });
        let file = self
            .one(Id::PasswordFile)
            .map(|(source, file)| (source, PasswordSource::File(work_dir.join(file))));
        let password = prevailing(given, file)
            .ok_or_else(|| refused(Id::PasswordFile, "contradicts --nlic.password"))?;
        password
            .map(|(_, password)| password)
            .ok_or_else(|| refused(Id::Password, MISSING))
    }

    pub(super) fn passphrase(
        &self,
        work_dir: &Path,
    ) -> Result<Option<(Source, PassphraseSource)>, AgentError> {
        let given = self
            .variable(PASSPHRASE_VARIABLE)
            .map(|text| (Source::Variable, PassphraseSource::Given(Secret::new(text))));
        let file = self
            .one(Id::PassphraseFile)
            .map(|(source, file)| (source, PassphraseSource::File(work_dir.join(file))));
        prevailing(given, file).ok_or_else(|| {
            refused(
                Id::PassphraseFile,
                format!("contradicts {PASSPHRASE_VARIABLE}"),
            )
        })
    }

    pub(super) fn sealing(&self, work_dir: &Path) -> Result<Sealing, AgentError> {
        let plaintext = self
            .switched(Id::Plaintext)?
            .map(|source| (source, Sealing::Plaintext));
        let passphrase = self
            .passphrase(work_dir)?
            .map(|(source, from)| (source, Sealing::Passphrase(from)));
        let sealing = prevailing(plaintext, passphrase)
            .ok_or_else(|| refused(Id::Plaintext, "contradicts the passphrase that is given"))?;
        Ok(match sealing {
            Some((_, sealing)) => sealing,
            None => Sealing::Passphrase(PassphraseSource::None),
        })
    }

    pub(super) fn vendor_key(&self, work_dir: &Path) -> Option<VendorKey> {
        self.text(Id::VendorKey).map(|text| {
            let is_fingerprint = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
            if is_fingerprint {
                VendorKey::Fingerprint(text.to_ascii_lowercase())
            } else {
                VendorKey::File(work_dir.join(text))
            }
        })
    }
}

/// Of two values that exclude one another, the one from the stronger source; `None` when both come
/// from one source, which is a contradiction.
fn prevailing<T>(
    one: Option<(Source, T)>,
    other: Option<(Source, T)>,
) -> Option<Option<(Source, T)>> {
    match (one, other) {
        (Some(one), Some(other)) if one.0 == other.0 => None,
        (Some(one), Some(other)) => Some(Some(if one.0 < other.0 { one } else { other })),
        (one, other) => Some(one.or(other)),
    }
}
