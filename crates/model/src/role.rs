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
    /// Create a token of type SHOP; for one of another type the handler asks for
    /// [`Operation::ManageTokens`] besides, since the path is one and the same.
    CreateToken,
    /// Read the catalogue, licensees, licenses and transactions; the utility lists.
    Read,
    /// Create, update or delete a licensee or a license; obtain a bundle.
    ChangeLicensees,
    /// Create, update or delete a product, module, template or bundle; export to an agent.
    ChangeCatalogue,
    /// Create or update a transaction.
    ChangeTransactions,
    /// List, read or update payment methods.
    ManagePaymentMethods,
    /// List, read, create, update or delete notifications.
    ManageNotifications,
    /// List, read or delete tokens; create those of another type than SHOP.
    ManageTokens,
}

impl Operation {
    /// The weakest role that may do it; a vendor's own sign-in may do everything.
    pub fn least_role(self) -> ApiKeyRole {
        match self {
            Self::Validate | Self::CreateToken => ApiKeyRole::Licensee,
            Self::Read => ApiKeyRole::Analytics,
            Self::ChangeLicensees => ApiKeyRole::Operation,
            Self::ChangeCatalogue => ApiKeyRole::Maintenance,
            Self::ChangeTransactions
            | Self::ManagePaymentMethods
            | Self::ManageNotifications
            | Self::ManageTokens => ApiKeyRole::Admin,
        }
    }

    /// True when a key that is for one licensee alone may do it, whatever its role. Whether it is
    /// about that licensee is the handler's to judge.
    pub fn is_for_own_licensee(self) -> bool {
        matches!(self, Self::Validate | Self::CreateToken)
    }
}
