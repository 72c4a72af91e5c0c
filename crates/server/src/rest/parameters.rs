//! What the endpoints read, for the description of the API. What a parameter may be is judged by
//! the use cases; here it is told.

use leasehold_model::product::LicensingModel;
use leasehold_service::rest::route::{Parameter, ParameterKind};

use crate::app::money::CURRENCIES;

use ParameterKind::{Boolean, Custom, Decimal, Instant, Integer, Number, OneOf, Text, Texts};

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

const NUMBER: Parameter = Parameter::may(
    "number",
    Number,
    "its number; drawn when a new one has none",
);
const ACTIVE: Parameter = Parameter::may("active", Boolean, "true unless given otherwise");
const NAME: Parameter = Parameter::must("name", Text, "for people");
const OPTIONAL_NAME: Parameter = Parameter::may("name", Text, "for people");
const PRICE: Parameter = Parameter::may("price", Decimal, "with 'currency' or not at all");
const CURRENCY: Parameter = Parameter::may("currency", OneOf(&CURRENCIES), "with the amount");
const LICENSEE_NUMBER: Parameter =
    Parameter::may("licenseeNumber", Text, "a licensee, by number or alias");
const FOR_LICENSEE: Parameter =
    Parameter::must("licenseeNumber", Text, "whose, by number or alias");
const CUSTOM: Parameter = Parameter::may(
    "",
    Custom,
    "any other parameter is a custom property; an empty one deletes it",
);
const TRANSACTION_NUMBER: Parameter = Parameter::may(
    "transactionNumber",
    Text,
    "a pending transaction that the license joins",
);

/// Of a product.
pub(super) const PRODUCT: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    NAME,
    Parameter::may("version", Text, "for people"),
    Parameter::may(
        "licenseeAutoCreate",
        Boolean,
        "validation may create an unknown licensee",
    ),
    Parameter::may("description", Text, "for people"),
    Parameter::may("licensingInfo", Text, "for people"),
    Parameter::may(
        "licenseeSecretMode",
        OneOf(&["DISABLED", "PREDEFINED", "CLIENT"]),
        "how a licensee's secret is checked; deprecated",
    ),
    Parameter::may("vatMode", OneOf(&["GROSS", "NET"]), "how prices are meant"),
    Parameter::may(
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
    Parameter::must("productNumber", Text, "the product it belongs to"),
    NUMBER,
    ACTIVE,
    NAME,
    Parameter::must(
        "licensingModel",
        OneOf(MODELS),
        "by which model its licenses are judged",
    ),
    Parameter::may(
        "maxCheckoutValidity",
        Integer(1),
        "Floating: seconds that a session lasts at most",
    ),
    Parameter::may("yellowThreshold", Integer(0), "Rental: days before the end"),
    Parameter::may("redThreshold", Integer(0), "Rental: days before the end"),
    Parameter::may(
        "nodeSecretMode",
        OneOf(&["PREDEFINED", "CLIENT"]),
        "NodeLocked: where node secrets come from",
    ),
    Parameter::may(
        "licenseeSecretMode",
        OneOf(&["DISABLED", "PREDEFINED", "CLIENT"]),
        "NodeLocked: the older name of nodeSecretMode",
    ),
    Parameter::may("skudef", Text, "PricingTable: a JSON object"),
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
    Parameter::must("productModuleNumber", Text, "the module it belongs to"),
    NUMBER,
    ACTIVE,
    NAME,
    Parameter::must(
        "licenseType",
        OneOf(&["FEATURE", "TIMEVOLUME", "FLOATING", "QUANTITY"]),
        "what kind of license it makes",
    ),
    PRICE,
    CURRENCY,
    Parameter::may(
        "automatic",
        Boolean,
        "a license is made from it with each new licensee",
    ),
    Parameter::may("hidden", Boolean, "not shown in the shop"),
    Parameter::may(
        "hideLicenses",
        Boolean,
        "its licenses are not shown in the shop",
    ),
    Parameter::may("timeVolume", Integer(1), "TIMEVOLUME: how much time"),
    Parameter::may(
        "timeVolumePeriod",
        OneOf(&["DAY", "WEEK", "MONTH", "YEAR"]),
        "TIMEVOLUME: of what",
    ),
    Parameter::may("maxSessions", Integer(0), "FLOATING: seats"),
    Parameter::may("quantity", Integer(-1), "QUANTITY: how many"),
    Parameter::may(
        "quota",
        Integer(-1),
        "QUANTITY in NodeLocked: how many nodes",
    ),
    Parameter::may("gracePeriod", Boolean, "Subscription: a license of grace"),
    Parameter::may("skus", Text, "PricingTable: a JSON object"),
    Parameter::may("description", Text, "PricingTable: for people"),
    CUSTOM,
];

/// Of an update of a license template.
pub(super) const LICENSE_TEMPLATE_UPDATE: &[Parameter] =
    &optional::<{ LICENSE_TEMPLATE.len() }>(LICENSE_TEMPLATE);

/// Of a licensee.
pub(super) const LICENSEE: &[Parameter] = &[
    Parameter::must("productNumber", Text, "the product it belongs to"),
    NUMBER,
    ACTIVE,
    OPTIONAL_NAME,
    Parameter::may("licenseeSecret", Text, "deprecated"),
    Parameter::may(
        "markedForTransfer",
        Boolean,
        "its licenses may be transferred away",
    ),
    Parameter::may(
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
    Parameter::must(
        "licenseTemplateNumber",
        Text,
        "the template it is made from",
    ),
    NUMBER,
    ACTIVE,
    OPTIONAL_NAME,
    Parameter::may("hidden", Boolean, "not shown in the shop"),
    TRANSACTION_NUMBER,
    Parameter::may(
        "startDate",
        Text,
        "when its time begins: a date, a date and time, or 'now'",
    ),
    Parameter::may("timeVolume", Integer(1), "as the template's"),
    Parameter::may(
        "timeVolumePeriod",
        OneOf(&["DAY", "WEEK", "MONTH", "YEAR"]),
        "as the template's",
    ),
    Parameter::may("maxSessions", Integer(0), "as the template's"),
    Parameter::may("quantity", Integer(-1), "as the template's"),
    Parameter::may("quota", Integer(-1), "as the template's"),
    Parameter::may("gracePeriod", Boolean, "as the template's"),
    Parameter::may("skus", Text, "as the template's"),
    Parameter::may(
        "parentfeature",
        Text,
        "Rental: the FEATURE license that a time volume belongs to",
    ),
    Parameter::may(
        "usedQuantity",
        Integer(0),
        "Pay-per-Use: credits used so far",
    ),
    Parameter::may(
        "nodeSecret0",
        Text,
        "NodeLocked: the secret of the first node",
    ),
    Parameter::may(
        "",
        Custom,
        "any other parameter is a custom property, or a session (sessionId_ and the client's id) with its end; an empty one deletes it",
    ),
];

/// Of an update of a license.
pub(super) const LICENSE_UPDATE: &[Parameter] = &optional::<{ LICENSE.len() }>(LICENSE);

/// Of a transfer.
pub(super) const TRANSFER: &[Parameter] = &[Parameter::must(
    "sourceLicenseeNumber",
    Text,
    "whose licenses move; it must be marked for transfer",
)];

/// Of a transaction.
pub(super) const TRANSACTION: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    Parameter::must(
        "status",
        OneOf(&["PENDING", "CLOSED", "CANCELLED"]),
        "how far it has come",
    ),
    Parameter::must("source", OneOf(&["SHOP"]), "what it comes from"),
    Parameter::may("grandTotal", Decimal, "what was paid, with 'currency'"),
    Parameter::may("discount", Decimal, "what was taken off"),
    CURRENCY,
    Parameter::may("datecreated", Instant, "now unless given otherwise"),
    Parameter::may(
        "dateclosed",
        Instant,
        "now unless given otherwise, once it is closed",
    ),
    Parameter::may("paymentMethod", Text, "for people"),
    LICENSEE_NUMBER,
    CUSTOM,
];

/// Of an update of a transaction.
pub(super) const TRANSACTION_UPDATE: &[Parameter] = &optional::<{ TRANSACTION.len() }>(TRANSACTION);

/// Of a token.
pub(super) const TOKEN: &[Parameter] = &[
    Parameter::may(
        "tokenType",
        OneOf(&["DEFAULT", "SHOP", "APIKEY", "ACTION"]),
        "DEFAULT unless given otherwise",
    ),
    ACTIVE,
    OPTIONAL_NAME,
    Parameter::may(
        "expirationTime",
        Text,
        "when it ends: a date, or a date and time",
    ),
    LICENSEE_NUMBER,
    Parameter::may(
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
    Parameter::may(
        "privateKey",
        Text,
        "APIKEY: an RSA key in PKCS#8 that signs replies to validations",
    ),
    Parameter::may("action", OneOf(&["licenseeLogin"]), "ACTION: what it opens"),
    Parameter::may(
        "productNumber",
        Text,
        "SHOP: the product of a permanent token",
    ),
    Parameter::may("predefinedShoppingItem", Text, "SHOP: what is in the cart"),
    Parameter::may("licenseTemplateNumber", Text, "SHOP: what is in the cart"),
    Parameter::may(
        "successURL",
        Text,
        "SHOP: where the customer goes afterwards",
    ),
    Parameter::may("cancelURL", Text, "SHOP: where the customer goes otherwise"),
    Parameter::may("successURLTitle", Text, "SHOP: what that link is called"),
    Parameter::may("cancelURLTitle", Text, "SHOP: what that link is called"),
    Parameter::may("bundleNumber", Text, "SHOP: the bundle in the cart"),
    Parameter::may("bundlePrice", Text, "SHOP: its price"),
    CUSTOM,
];

/// Of a bundle.
pub(super) const BUNDLE: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    NAME,
    Parameter::may("description", Text, "for people"),
    PRICE,
    CURRENCY,
    Parameter::may(
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
    Parameter::must("events", Text, "what it is told of, separated by commas"),
    Parameter::must("protocol", OneOf(&["WEBHOOK"]), "how it is told"),
    Parameter::must("endpoint", Text, "an http or https URL"),
    Parameter::may(
        "payload",
        Text,
        "a template of the body; the whole event when empty",
    ),
    Parameter::may(
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
    Parameter::may("number", Number, "its number; it never changes"),
    Parameter::may("active", Boolean, "false unless given otherwise"),
    CUSTOM,
];

/// Of rendering a pricing table.
pub(super) const RENDER: &[Parameter] = &[Parameter::must(
    "productModuleNumber",
    Text,
    "a module of the licensing model PricingTable",
)];

/// Of an export.
pub(super) const EXPORT: &[Parameter] = &[
    Parameter::must(
        "licensees",
        Text,
        "licensees, by number or alias, separated by commas; a comma within a number is written \\,",
    ),
    Parameter::must(
        "withoutCard",
        OneOf(&["true"]),
        "the agent has no card: exports to cards are not offered by this version",
    ),
    Parameter::may(
        "passphrase",
        Text,
        "seals the package; needed unless plaintext is true",
    ),
    Parameter::may("plaintext", Boolean, "do not seal the package"),
    Parameter::may(
        "withApikeySigningKey",
        Boolean,
        "let the agent sign with the private keys of the API keys, instead of a key of its own; its host can then answer in the vendor's name; not with plaintext",
    ),
    Parameter::may("force", Boolean, "taken, and changes nothing yet"),
    Parameter::may(
        "shared",
        Boolean,
        "the server goes on giving seats, nodes and credits away, although the agent does so too",
    ),
];

/// Of a report.
pub(super) const REPORT: &[Parameter] = &[Parameter::must("report", Text, "the file, in base64")];

/// Of a release.
pub(super) const RELEASE: &[Parameter] = &[Parameter::must(
    "licensees",
    Text,
    "licensees, by number or alias, separated by commas; a comma within a number is written \\,",
)];
