//! Which of the two forms a caller wants (wire contract, section 1.1).

/// The form of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Media {
    /// `application/xml`: the default, since the Java client sends no Accept header.
    #[default]
    Xml,
    /// `application/json`
    Json,
}

impl Media {
    /// The Content-Type of a reply.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml;charset=UTF-8",
            Self::Json => "application/json;charset=UTF-8",
        }
    }

    /// Reads an `Accept` header; `None` in it means that the request has none. The answer is
    /// `None` when the caller accepts neither form (406).
    pub fn negotiate(_accept: Option<&str>) -> Option<Self> {
        todo!()
    }

    /// Writes `context` in this form.
    pub fn write(self, context: &crate::context::Context) -> Vec<u8> {
        match self {
            Self::Xml => crate::xml::write(context),
            Self::Json => crate::json::write(context),
        }
    }
}
