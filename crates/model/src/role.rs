//! Who may do what: the matrix of the wire contract, section 6, as one table.

/// The role of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ApiKeyRole {
    /// Validate and transfer. The default.
    #[default]
    Licensee,
    /// And read.
    Analytics,
    /// And change licensees and licenses.
    Operation,
    /// And change the catalogue.
    Maintenance,
    /// And tokens, transactions, payment methods and notifications.
    Admin,
}

impl ApiKeyRole {
    /// All of them, the weakest first.
    pub const ALL: [Self; 5] = [
        Self::Licensee,
        Self::Analytics,
        Self::Operation,
        Self::Maintenance,
        Self::Admin,
    ];

    /// Reads a role id.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The role id on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Licensee => "ROLE_APIKEY_LICENSEE",
            Self::Analytics => "ROLE_APIKEY_ANALYTICS",
            Self::Operation => "ROLE_APIKEY_OPERATION",
            Self::Maintenance => "ROLE_APIKEY_MAINTENANCE",
            Self::Admin => "ROLE_APIKEY_ADMIN",
        }
    }

    /// True when this role may do `operation`. Source: wire contract, section 6.
    pub fn may(self, operation: Operation) -> bool {
        self >= operation.least_role()
    }
}

/// What a request wants, as the matrix groups it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Validate a licensee, or transfer to it.
    Validate,
    /// Read catalogue, licensees and licenses; the utility lists.
    Read,
    /// Create, update or delete a licensee or a license.
    ChangeLicensees,
    /// Create, update or delete a product, module or template; export to an agent.
    ChangeCatalogue,
    /// List, read, create or delete tokens.
    ManageTokens,
}

impl Operation {
    /// The weakest role that may do it; a vendor's own sign-in may do everything.
    pub fn least_role(self) -> ApiKeyRole {
        match self {
            Self::Validate => ApiKeyRole::Licensee,
            Self::Read => ApiKeyRole::Analytics,
            Self::ChangeLicensees => ApiKeyRole::Operation,
            Self::ChangeCatalogue => ApiKeyRole::Maintenance,
            Self::ManageTokens => ApiKeyRole::Admin,
        }
    }
}
