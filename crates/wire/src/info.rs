//! Infos: what a reply says beside its items.

/// One info.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// A stable name, for programs.
    pub id: String,
    /// How grave.
    pub kind: InfoKind,
    /// A sentence, for people.
    pub text: String,
}

/// How grave an info is: lower case in XML, upper case in JSON (section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InfoKind {
    /// The request failed; on status 200 only a mismatch of the licensee's secret.
    Error,
    /// Something should be looked at.
    Warning,
    /// Good to know.
    Info,
}

impl Info {
    /// An error.
    pub fn error(id: &str, text: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            kind: InfoKind::Error,
            text: text.into(),
        }
    }

    /// A warning.
    pub fn warning(id: &str, text: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            kind: InfoKind::Warning,
            text: text.into(),
        }
    }
}
