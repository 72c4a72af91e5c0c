//! What the endpoints read, for the description of the API. What a parameter may be is judged by
//! the use cases; here it is told.

use leasehold_model::product::LicensingModel;
use leasehold_service::rest::route::{Parameter, ParameterKind};

use ParameterKind::{Boolean, Decimal, Instant, Integer, OneOf, Text};

const fn may(name: &'static str, kind: ParameterKind, about: &'static str) -> Parameter {
    Parameter {
        name,
        is_required: false,
        kind,
        about,
    }
}

const NUMBER: Parameter = may("number", Text, "its number; drawn when a new one has none");
const ACTIVE: Parameter = may("active", Boolean, "true unless given otherwise");
const NAME: Parameter = may("name", Text, "for people");
const PRICE: Parameter = may("price", Decimal, "with 'currency' or not at all");
const CURRENCY: Parameter = may("currency", Text, "an ISO 4217 code, with 'price'");
const LICENSEE_NUMBER: Parameter = may("licenseeNumber", Text, "a licensee, by number or alias");
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
        Text,
        "total;currency;amount or percentage, repeated; empty clears",
    ),
];

/// Of a product module.
pub(super) const PRODUCT_MODULE: &[Parameter] = &[
    may("productNumber", Text, "the product it belongs to"),
    NUMBER,
    ACTIVE,
    NAME,
    may(
        "licensingModel",
        OneOf(MODELS),
        "by which model its licenses are judged",
    ),
    may(
        "maxCheckoutValidity",
        Integer,
        "Floating: seconds that a session lasts at most",
    ),
    may("yellowThreshold", Integer, "Rental: days before the end"),
    may("redThreshold", Integer, "Rental: days before the end"),
    may(
        "nodeSecretMode",
        OneOf(&["PREDEFINED", "CLIENT"]),
        "NodeLocked: where node secrets come from",
    ),
    may("skudef", Text, "PricingTable: a JSON object"),
];

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
    may("productModuleNumber", Text, "the module it belongs to"),
    NUMBER,
    ACTIVE,
    NAME,
    may(
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
    may("timeVolume", Integer, "TIMEVOLUME: how much time"),
    may(
        "timeVolumePeriod",
        OneOf(&["DAY", "WEEK", "MONTH", "YEAR"]),
        "TIMEVOLUME: of what",
    ),
    may("maxSessions", Integer, "FLOATING: seats"),
    may("quantity", Integer, "QUANTITY: how many"),
    may("quota", Integer, "QUANTITY in NodeLocked: how many nodes"),
    may("gracePeriod", Boolean, "Subscription: a license of grace"),
    may("skus", Text, "PricingTable: a JSON object"),
    may("description", Text, "PricingTable: for people"),
];

/// Of a licensee.
pub(super) const LICENSEE: &[Parameter] = &[
    may("productNumber", Text, "the product it belongs to"),
    NUMBER,
    ACTIVE,
    NAME,
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
];

/// Of a license.
pub(super) const LICENSE: &[Parameter] = &[
    LICENSEE_NUMBER,
    may(
        "licenseTemplateNumber",
        Text,
        "the template it is made from",
    ),
    NUMBER,
    ACTIVE,
    NAME,
    may("hidden", Boolean, "not shown in the shop"),
    TRANSACTION_NUMBER,
    may(
        "startDate",
        Text,
        "when its time begins: a date, a date and time, or 'now'",
    ),
    may("timeVolume", Integer, "as the template's"),
    may(
        "timeVolumePeriod",
        OneOf(&["DAY", "WEEK", "MONTH", "YEAR"]),
        "as the template's",
    ),
    may("maxSessions", Integer, "as the template's"),
    may("quantity", Integer, "as the template's"),
    may("quota", Integer, "as the template's"),
    may("gracePeriod", Boolean, "as the template's"),
    may("skus", Text, "as the template's"),
    may(
        "parentfeature",
        Text,
        "Rental: the FEATURE license that a time volume belongs to",
    ),
    may("usedQuantity", Integer, "Pay-per-Use: credits used so far"),
];

/// Of a transfer.
pub(super) const TRANSFER: &[Parameter] = &[may(
    "sourceLicenseeNumber",
    Text,
    "whose licenses move; it must be marked for transfer",
)];

/// Of a transaction.
pub(super) const TRANSACTION: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    may(
        "status",
        OneOf(&["PENDING", "CLOSED", "CANCELLED"]),
        "how far it has come; needed to create one",
    ),
    may(
        "source",
        OneOf(&["SHOP"]),
        "what it comes from; needed to create one",
    ),
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
];

/// Of a token.
pub(super) const TOKEN: &[Parameter] = &[
    may(
        "tokenType",
        OneOf(&["DEFAULT", "SHOP", "APIKEY", "ACTION"]),
        "DEFAULT unless given otherwise",
    ),
    ACTIVE,
    NAME,
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
    may("action", Text, "ACTION: licenseeLogin"),
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
];

/// Of obtaining a bundle.
pub(super) const OBTAIN: &[Parameter] = &[LICENSEE_NUMBER, TRANSACTION_NUMBER];

/// Of a notification.
pub(super) const NOTIFICATION: &[Parameter] = &[
    NUMBER,
    ACTIVE,
    NAME,
    may("events", Text, "what it is told of, separated by commas"),
    may("protocol", OneOf(&["WEBHOOK"]), "how it is told"),
    may("endpoint", Text, "an http or https URL"),
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
];

/// Of a payment method.
pub(super) const PAYMENT_METHOD: &[Parameter] = &[NUMBER, ACTIVE];

/// Of rendering a pricing table.
pub(super) const RENDER: &[Parameter] = &[may(
    "productModuleNumber",
    Text,
    "a module of the licensing model PricingTable",
)];

/// Of an export.
pub(super) const EXPORT: &[Parameter] = &[];
