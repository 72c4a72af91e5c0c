//! What a parameter's name means for an entity: a property with rules of its own, a custom one, or
//! a spelling that is refused (wire contract, section 5). The standard names themselves stand in
//! [`leasehold_wire::entity::names`], since replies and filters need them too.

use leasehold_wire::entity::names as standard;

/// The names that are no custom property of one entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    /// What replies show and filters know.
    pub(crate) standard: &'static [&'static str],
    /// What requests may say besides.
    further: &'static [&'static str],
}

/// Of a product (7.1).
pub(crate) const PRODUCT: Names = Names::of(standard::PRODUCT, &[]);

/// Of a product module (7.2).
pub(crate) const PRODUCT_MODULE: Names = Names::of(standard::PRODUCT_MODULE, &[]);

/// Of a license template (7.3).
pub(crate) const LICENSE_TEMPLATE: Names = Names::of(standard::LICENSE_TEMPLATE, &[]);

/// Of a licensee (7.4).
pub(crate) const LICENSEE: Names = Names::of(standard::LICENSEE, &[]);

/// Of a license (7.5). Sessions and node secrets are recognised by their prefixes instead.
pub(crate) const LICENSE: Names =
    Names::of(standard::LICENSE, &["parentFeature", "transactionNumber"]);

/// Of a token (7.9), of whatever type.
pub(crate) const TOKEN: Names = Names::of(
    standard::TOKEN,
    &["type", "licenseTemplateNumber", "privateKey"],
);

/// Of a transaction (7.8), with the further spellings that requests may use.
pub(crate) const TRANSACTION: Names =
    Names::of(standard::TRANSACTION, &["dateCreated", "dateClosed"]);

/// Of a bundle (7.11), likewise.
pub(crate) const BUNDLE: Names = Names::of(
    standard::BUNDLE,
    &["licenseTemplatesNumbers", "licenseTemplateNumber"],
);

/// Of a notification (7.12).
pub(crate) const NOTIFICATION: Names = Names::of(standard::NOTIFICATION, &["webhookSecret"]);

/// Of a delegation, which is only listed.
pub(crate) const DELEGATION: Names = Names::of(
    &[
        "licenseeNumber",
        "packageId",
        "recipient",
        "generation",
        "since",
        "delegated",
    ],
    &[],
);

/// Of a payment method (7.10).
pub(crate) const PAYMENT_METHOD: Names = Names::of(standard::PAYMENT_METHOD, &[]);

/// Names that are never a custom property of anything, and are ignored where they are not standard.
const RESERVED: &[&str] = &[
    "id",
    "vendorNumber",
    "forceCascade",
    "filter",
    "inUse",
    "shop-license-id",
    "shopping-cart",
    "licenseTransactionJoin",
    "warningLevelSummary",
    "shopURL",
];

/// What a parameter's name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A property with rules of its own, or a reserved name.
    Standard,
    /// A custom property.
    Custom,
    /// Equal to this standard name except for its letter case. Refused, since a client that looks
    /// names up without regard to case would take the one for the other.
    Misspelt(&'static str),
}

impl Names {
    /// Of something that is only ever read.
    pub(crate) const NONE: Self = Self::of(&[], &[]);

    const fn of(standard: &'static [&'static str], further: &'static [&'static str]) -> Self {
        Self { standard, further }
    }

    /// Tells what `name` means for the entity.
    pub(crate) fn meaning(self, name: &str) -> Meaning {
        let known = || self.standard.iter().chain(self.further);
        if known().any(|known| *known == name) || RESERVED.contains(&name) {
            return Meaning::Standard;
        }
        known()
            .find(|known| known.eq_ignore_ascii_case(name))
            .map_or(Meaning::Custom, |known| Meaning::Misspelt(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_standard_custom_or_misspelt() {
        assert_eq!(PRODUCT.meaning("name"), Meaning::Standard);
        assert_eq!(PRODUCT.meaning("forceCascade"), Meaning::Standard);
        assert_eq!(PRODUCT.meaning("Name"), Meaning::Misspelt("name"));
        assert_eq!(PRODUCT.meaning("licenseType"), Meaning::Custom);
        assert_eq!(LICENSE.meaning("parentFeature"), Meaning::Standard);
    }
}
