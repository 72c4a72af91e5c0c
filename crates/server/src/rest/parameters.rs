//! What the endpoints read, for the description of the API. What a parameter may be is judged by
//! the use cases; here it is told.

use leasehold_model::product::LicensingModel;
use leasehold_service::rest::route::{Parameter, ParameterKind};

use crate::app::money::CURRENCIES;

use ParameterKind::{Boolean, Custom, Decimal, Instant, Integer, Number, OneOf, Text, Texts};

const fn may(name: &'static str, kind: ParameterKind, about: &'static str) -> Parameter {
    Parameter {
        name,
        is_required: false,
        kind,
        about,
    }
}

const fn must(name: &'static str, kind: ParameterKind, about: &'static str) -> Parameter {
    Parameter {
        is_required: true,
        ..may(name, kind, about)
    }
}

/// What an update reads where a create reads `list`: it demands nothing, since what it does not
/// name stays as it is.
const fn optional<const N: usize>(list: &[Parameter]) -> [Parameter; N] {
    let mut all = [CUSTOM; N];
    let mut at = 0;
    while at < N {
        all[at] = Parameter {
            is_required: false,
            ..list[at]
        };
        at += 1;
    }
    all
}

const NUMBER: Parameter = may(
    "number",
    Number,
    "its number; drawn when a new one has none",
);
const ACTIVE: Parameter = may("active", Boolean, "true unless given otherwise");
const NAME: Parameter = must("name", Text, "for people");
const OPTIONAL_NAME: Parameter = may("name", Text, "for people");
const PRICE: Parameter = may("price", Decimal, "with 'currency' or not at all");
const CURRENCY: Parameter = may("currency", OneOf(&CURRENCIES), "with the amount");
const LICENSEE_NUMBER: Parameter = may("licenseeNumber", Text, "a licensee, by number or alias");
const FOR_LICENSEE: Parameter = must("licenseeNumber", Text, "whose, by number or alias");
const CUSTOM: Parameter = may(
    "",
    Custom,
    "any other parameter is a custom property; an empty one deletes it",
);
const TRANSACTION_NUMBER: Parameter = may(
    "transactionNumber",
    Text,
    "a pending transaction that the license joins",
);

/// Of a product.
pub(super) const PRODUCT: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    NAME,
    may("version", Text, "for people"),
    may(
        "licenseeAutoCreate",
        Boolean,
        "validation may create an unknown licensee",
    ),
    may("description", Text, "for people"),
    may("licensingInfo", Text, "for people"),
    may(
        "licenseeSecretMode",
        OneOf(&["DISABLED", "PREDEFINED", "CLIENT"]),
        "how a licensee's secret is checked; deprecated",
    ),
    may("vatMode", OneOf(&["GROSS", "NET"]), "how prices are meant"),
    may(
        "discount",
        Texts,
        "total;currency;amount or percentage, repeated; empty clears",
    ),
    CUSTOM,
];

/// Of an update of a product.
pub(super) const PRODUCT_UPDATE: &[Parameter] = &optional::<{ PRODUCT.len() }>(PRODUCT);

/// Of a product module.
pub(super) const PRODUCT_MODULE: &[Parameter] = &[
    must("productNumber", Text, "the product it belongs to"),
    NUMBER,
    ACTIVE,
    NAME,
    must(
        "licensingModel",
        OneOf(MODELS),
        "by which model its licenses are judged",
    ),
    may(
        "maxCheckoutValidity",
        Integer(1),
        "Floating: seconds that a session lasts at most",
    ),
    may("yellowThreshold", Integer(0), "Rental: days before the end"),
    may("redThreshold", Integer(0), "Rental: days before the end"),
    may(
        "nodeSecretMode",
        OneOf(&["PREDEFINED", "CLIENT"]),
        "NodeLocked: where node secrets come from",
    ),
    may(
        "licenseeSecretMode",
        OneOf(&["DISABLED", "PREDEFINED", "CLIENT"]),
        "NodeLocked: the older name of nodeSecretMode",
    ),
    may("skudef", Text, "PricingTable: a JSON object"),
    CUSTOM,
];

/// Of an update of a product module.
pub(super) const PRODUCT_MODULE_UPDATE: &[Parameter] =
    &optional::<{ PRODUCT_MODULE.len() }>(PRODUCT_MODULE);

const MODELS: &[&str] = &[
    LicensingModel::TryAndBuy.as_str(),
    LicensingModel::Subscription.as_str(),
    LicensingModel::Rental.as_str(),
    LicensingModel::Floating.as_str(),
    LicensingModel::MultiFeature.as_str(),
    LicensingModel::PayPerUse.as_str(),
    LicensingModel::PricingTable.as_str(),
    LicensingModel::Quota.as_str(),
    LicensingModel::NodeLocked.as_str(),
];

/// Of a license template.
pub(super) const LICENSE_TEMPLATE: &[Parameter] = &[
    must("productModuleNumber", Text, "the module it belongs to"),
    NUMBER,
    ACTIVE,
    NAME,
    must(
        "licenseType",
        OneOf(&["FEATURE", "TIMEVOLUME", "FLOATING", "QUANTITY"]),
        "what kind of license it makes",
    ),
    PRICE,
    CURRENCY,
    may(
        "automatic",
        Boolean,
        "a license is made from it with each new licensee",
    ),
    may("hidden", Boolean, "not shown in the shop"),
    may(
        "hideLicenses",
        Boolean,
        "its licenses are not shown in the shop",
    ),
    may("timeVolume", Integer(1), "TIMEVOLUME: how much time"),
    may(
        "timeVolumePeriod",
        OneOf(&["DAY", "WEEK", "MONTH", "YEAR"]),
        "TIMEVOLUME: of what",
    ),
    may("maxSessions", Integer(0), "FLOATING: seats"),
    may("quantity", Integer(-1), "QUANTITY: how many"),
    may(
        "quota",
        Integer(-1),
        "QUANTITY in NodeLocked: how many nodes",
    ),
    may("gracePeriod", Boolean, "Subscription: a license of grace"),
    may("skus", Text, "PricingTable: a JSON object"),
    may("description", Text, "PricingTable: for people"),
    CUSTOM,
];

/// Of an update of a license template.
pub(super) const LICENSE_TEMPLATE_UPDATE: &[Parameter] =
    &optional::<{ LICENSE_TEMPLATE.len() }>(LICENSE_TEMPLATE);

/// Of a licensee.
pub(super) const LICENSEE: &[Parameter] = &[
    must("productNumber", Text, "the product it belongs to"),
    NUMBER,
    ACTIVE,
    OPTIONAL_NAME,
    may("licenseeSecret", Text, "deprecated"),
    may(
        "markedForTransfer",
        Boolean,
        "its licenses may be transferred away",
    ),
    may(
        "aliases",
        Text,
        "further numbers: a JSON array, or separated by commas",
    ),
    CUSTOM,
];

/// Of an update of a licensee.
pub(super) const LICENSEE_UPDATE: &[Parameter] = &optional::<{ LICENSEE.len() }>(LICENSEE);

/// Of a license.
pub(super) const LICENSE: &[Parameter] = &[
    FOR_LICENSEE,
    must(
        "licenseTemplateNumber",
        Text,
        "the template it is made from",
    ),
    NUMBER,
    ACTIVE,
    OPTIONAL_NAME,
    may("hidden", Boolean, "not shown in the shop"),
    TRANSACTION_NUMBER,
    may(
        "startDate",
        Text,
        "when its time begins: a date, a date and time, or 'now'",
    ),
    may("timeVolume", Integer(1), "as the template's"),
    may(
        "timeVolumePeriod",
        OneOf(&["DAY", "WEEK", "MONTH", "YEAR"]),
        "as the template's",
    ),
    may("maxSessions", Integer(0), "as the template's"),
    may("quantity", Integer(-1), "as the template's"),
    may("quota", Integer(-1), "as the template's"),
    may("gracePeriod", Boolean, "as the template's"),
    may("skus", Text, "as the template's"),
    may(
        "parentfeature",
        Text,
        "Rental: the FEATURE license that a time volume belongs to",
    ),
    may(
        "usedQuantity",
        Integer(0),
        "Pay-per-Use: credits used so far",
    ),
    may(
        "nodeSecret0",
        Text,
        "NodeLocked: the secret of the first node",
    ),
    may(
        "",
        Custom,
        "any other parameter is a custom property, or a session (sessionId_ and the client's id) with its end; an empty one deletes it",
    ),
];

/// Of an update of a license.
pub(super) const LICENSE_UPDATE: &[Parameter] = &optional::<{ LICENSE.len() }>(LICENSE);

/// Of a transfer.
pub(super) const TRANSFER: &[Parameter] = &[must(
    "sourceLicenseeNumber",
    Text,
    "whose licenses move; it must be marked for transfer",
)];

/// Of a transaction.
pub(super) const TRANSACTION: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    must(
        "status",
        OneOf(&["PENDING", "CLOSED", "CANCELLED"]),
        "how far it has come",
    ),
    must("source", OneOf(&["SHOP"]), "what it comes from"),
    may("grandTotal", Decimal, "what was paid, with 'currency'"),
    may("discount", Decimal, "what was taken off"),
    CURRENCY,
    may("datecreated", Instant, "now unless given otherwise"),
    may(
        "dateclosed",
        Instant,
        "now unless given otherwise, once it is closed",
    ),
    may("paymentMethod", Text, "for people"),
    LICENSEE_NUMBER,
    CUSTOM,
];

/// Of an update of a transaction.
pub(super) const TRANSACTION_UPDATE: &[Parameter] = &optional::<{ TRANSACTION.len() }>(TRANSACTION);

/// Of a token.
pub(super) const TOKEN: &[Parameter] = &[
    may(
        "tokenType",
        OneOf(&["DEFAULT", "SHOP", "APIKEY", "ACTION"]),
        "DEFAULT unless given otherwise",
    ),
    ACTIVE,
    OPTIONAL_NAME,
    may(
        "expirationTime",
        Text,
        "when it ends: a date, or a date and time",
    ),
    LICENSEE_NUMBER,
    may(
        "apiKeyRole",
        OneOf(&[
            "ROLE_APIKEY_LICENSEE",
            "ROLE_APIKEY_ANALYTICS",
            "ROLE_APIKEY_OPERATION",
            "ROLE_APIKEY_MAINTENANCE",
            "ROLE_APIKEY_ADMIN",
        ]),
        "APIKEY: what it may do",
    ),
    may(
        "privateKey",
        Text,
        "APIKEY: an RSA key in PKCS#8 that signs replies to validations",
    ),
    may("action", OneOf(&["licenseeLogin"]), "ACTION: what it opens"),
    may(
        "productNumber",
        Text,
        "SHOP: the product of a permanent token",
    ),
    may("predefinedShoppingItem", Text, "SHOP: what is in the cart"),
    may("licenseTemplateNumber", Text, "SHOP: what is in the cart"),
    may(
        "successURL",
        Text,
        "SHOP: where the customer goes afterwards",
    ),
    may("cancelURL", Text, "SHOP: where the customer goes otherwise"),
    may("successURLTitle", Text, "SHOP: what that link is called"),
    may("cancelURLTitle", Text, "SHOP: what that link is called"),
    may("bundleNumber", Text, "SHOP: the bundle in the cart"),
    may("bundlePrice", Text, "SHOP: its price"),
    CUSTOM,
];

/// Of a bundle.
pub(super) const BUNDLE: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    NAME,
    may("description", Text, "for people"),
    PRICE,
    CURRENCY,
    may(
        "licenseTemplateNumbers",
        Text,
        "license templates, separated by commas",
    ),
    CUSTOM,
];

/// Of an update of a bundle.
pub(super) const BUNDLE_UPDATE: &[Parameter] = &optional::<{ BUNDLE.len() }>(BUNDLE);

/// Of obtaining a bundle.
pub(super) const OBTAIN: &[Parameter] = &[FOR_LICENSEE, TRANSACTION_NUMBER];

/// Of a notification.
pub(super) const NOTIFICATION: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    NAME,
    must("events", Text, "what it is told of, separated by commas"),
    must("protocol", OneOf(&["WEBHOOK"]), "how it is told"),
    must("endpoint", Text, "an http or https URL"),
    may(
        "payload",
        Text,
        "a template of the body; the whole event when empty",
    ),
    may(
        "webhookSecret",
        Text,
        "signs the messages: whsec_ and 24 to 64 bytes in base64; drawn anew when empty",
    ),
    CUSTOM,
];

/// Of an update of a notification.
pub(super) const NOTIFICATION_UPDATE: &[Parameter] =
    &optional::<{ NOTIFICATION.len() }>(NOTIFICATION);

/// Of a payment method.
pub(super) const PAYMENT_METHOD: &[Parameter] = &[
    may("number", Number, "its number; it never changes"),
    may("active", Boolean, "false unless given otherwise"),
    CUSTOM,
];

/// Of rendering a pricing table.
pub(super) const RENDER: &[Parameter] = &[must(
    "productModuleNumber",
    Text,
    "a module of the licensing model PricingTable",
)];

/// Of an export.
pub(super) const EXPORT: &[Parameter] = &[
    must(
        "licensees",
        Text,
        "licensees, by number or alias, separated by commas; a comma within a number is written \\,",
    ),
    must(
        "withoutCard",
        OneOf(&["true"]),
        "the agent has no card: exports to cards are not offered by this version",
    ),
    may(
        "passphrase",
        Text,
        "seals the package; needed unless plaintext is true",
    ),
    may("plaintext", Boolean, "do not seal the package"),
    may("force", Boolean, "taken, and changes nothing yet"),
    may("shared", Boolean, "taken, and changes nothing yet"),
];
