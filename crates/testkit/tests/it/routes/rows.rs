//! The rows: section 7 of the wire contract, with the callers of section 6.

/// One endpoint, or one use of it that has callers of its own.
pub(super) struct Row {
    /// The method, and the path as the route table has it.
    pub(super) route: &'static str,
    /// Who may: of LICENSEE, ANALYTICS, OPERATION, MAINTENANCE, ADMIN and a vendor's PASSWORD the
    /// letters L, A, O, M, D and P.
    pub(super) callers: &'static str,
    /// What is made first, for each caller anew.
    pub(super) before: &'static [&'static str],
    /// A request that succeeds.
    pub(super) request: &'static str,
    /// The type of the items in its reply, or of the document; nothing: 204.
    pub(super) kind: &'static str,
    /// A key for one licensee may ask it about that licensee.
    pub(super) is_for_own_licensee: bool,
    /// It may list nothing at all.
    pub(super) is_log: bool,
}

const EVERYBODY: &str = "LAOMDP";
const READERS: &str = "AOMDP";
const SELLERS: &str = "OMDP";
const MAKERS: &str = "MDP";
const CHIEFS: &str = "DP";

const fn row(
    route: &'static str,
    callers: &'static str,
    before: &'static [&'static str],
    request: &'static str,
    kind: &'static str,
) -> Row {
    Row {
        route,
        callers,
        before,
        request,
        kind,
        is_for_own_licensee: false,
        is_log: false,
    }
}

/// A row that a key for one licensee may ask, too.
const fn own(
    route: &'static str,
    before: &'static [&'static str],
    request: &'static str,
    kind: &'static str,
) -> Row {
    let mut row = row(route, EVERYBODY, before, request, kind);
    row.is_for_own_licensee = true;
    row
}

const fn log(
    route: &'static str,
    callers: &'static str,
    request: &'static str,
    kind: &'static str,
) -> Row {
    let mut row = row(route, callers, &[], request, kind);
    row.is_log = true;
    row
}

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Licensee validate, transfer.
    own("POST /licensee/{licenseeNumber}/validate", &[], "POST /licensee/I/validate", "ProductModuleValidation"),
    own("GET /licensee/{licenseeNumber}/validate", &[], "GET /licensee/I/validate", "ProductModuleValidation"),
    own("POST /licensee/{licenseeNumber}/transfer", &["POST /license licenseeNumber=S&licenseTemplateNumber=E"], "POST /licensee/I/transfer sourceLicenseeNumber=S", ""),
    // Token create, SHOP; and the others.
    own("POST /token", &[], "POST /token tokenType=SHOP&licenseeNumber=I", "Token"),
    row("POST /token", CHIEFS, &[], "POST /token", "Token"),
    row("POST /token", CHIEFS, &[], "POST /token tokenType=APIKEY&licenseeNumber=I", "Token"),
    row("POST /token", CHIEFS, &[], "POST /token tokenType=ACTION&action=licenseeLogin&licenseeNumber=I", "Token"),
    row("POST /token", CHIEFS, &[], "POST /token tokenType=DEFAULT&type=ACTION&action=licenseeLogin&licenseeNumber=I", "Token"),
    // List and get.
    row("GET /product", READERS, &[], "GET /product", "Product"),
    row("GET /product/{productNumber}", READERS, &[], "GET /product/P", "Product"),
    row("GET /productmodule", READERS, &[], "GET /productmodule", "ProductModule"),
    row("GET /productmodule/{productModuleNumber}", READERS, &[], "GET /productmodule/M", "ProductModule"),
    row("GET /licensetemplate", READERS, &[], "GET /licensetemplate", "LicenseTemplate"),
    row("GET /licensetemplate/{licenseTemplateNumber}", READERS, &[], "GET /licensetemplate/E", "LicenseTemplate"),
    row("GET /licensee", READERS, &[], "GET /licensee", "Licensee"),
    row("GET /licensee/{licenseeNumber}", READERS, &[], "GET /licensee/I", "Licensee"),
    row("GET /license", READERS, &[], "GET /license", "License"),
    row("GET /license/{licenseNumber}", READERS, &[], "GET /license/L", "License"),
    row("GET /bundle", READERS, &[], "GET /bundle", "Bundle"),
    row("GET /bundle/{bundleNumber}", READERS, &[], "GET /bundle/B", "Bundle"),
    row("GET /transaction", READERS, &[], "GET /transaction", "Transaction"),
    row("GET /transaction/{transactionNumber}", READERS, &[], "GET /transaction/T", "Transaction"),
    // Utility lists.
    row("GET /utility/licensingModels", READERS, &[], "GET /utility/licensingModels", "LicensingModelProperties"),
    row("GET /utility/licenseTypes", READERS, &[], "GET /utility/licenseTypes", "LicenseType"),
    row("GET /utility/countries", READERS, &[], "GET /utility/countries?filter=code%3DDE", "Country"),
    // Create, update, delete licensee and license; bundle obtain.
    row("POST /licensee", SELLERS, &[], "POST /licensee productNumber=P", "Licensee"),
    row("POST /licensee/{licenseeNumber}", SELLERS, &[], "POST /licensee/I name=x", "Licensee"),
    row("DELETE /licensee/{licenseeNumber}", SELLERS, &["POST /licensee productNumber=P&number=I{n}"], "DELETE /licensee/I{n}", ""),
    row("POST /license", SELLERS, &[], "POST /license licenseeNumber=I&licenseTemplateNumber=E", "License"),
    row("POST /license/{licenseNumber}", SELLERS, &[], "POST /license/L name=x", "License"),
    row("DELETE /license/{licenseNumber}", SELLERS, &["POST /license licenseeNumber=I&licenseTemplateNumber=E&number=L{n}"], "DELETE /license/L{n}", ""),
    row("POST /bundle/{bundleNumber}/obtain", SELLERS, &[], "POST /bundle/B/obtain licenseeNumber=I", "License"),
    // Create, update, delete product, productmodule, licensetemplate and bundle; export.
    row("POST /product", MAKERS, &[], "POST /product name=x", "Product"),
    row("POST /product/{productNumber}", MAKERS, &[], "POST /product/P name=x", "Product"),
    row("DELETE /product/{productNumber}", MAKERS, &["POST /product number=P{n}&name=x"], "DELETE /product/P{n}", ""),
    row("POST /productmodule", MAKERS, &[], "POST /productmodule productNumber=P&name=x&licensingModel=Quota", "ProductModule"),
    row("POST /productmodule/{productModuleNumber}", MAKERS, &[], "POST /productmodule/M name=x", "ProductModule"),
    row("DELETE /productmodule/{productModuleNumber}", MAKERS, &["POST /productmodule productNumber=P&number=M{n}&name=x&licensingModel=Quota"], "DELETE /productmodule/M{n}", ""),
    row("POST /licensetemplate", MAKERS, &[], "POST /licensetemplate productModuleNumber=M&name=x&licenseType=QUANTITY&quantity=1", "LicenseTemplate"),
    row("POST /licensetemplate/{licenseTemplateNumber}", MAKERS, &[], "POST /licensetemplate/E name=x", "LicenseTemplate"),
    row("DELETE /licensetemplate/{licenseTemplateNumber}", MAKERS, &["POST /licensetemplate productModuleNumber=M&number=E{n}&name=x&licenseType=QUANTITY&quantity=1"], "DELETE /licensetemplate/E{n}", ""),
    row("POST /bundle", MAKERS, &[], "POST /bundle name=x", "Bundle"),
    row("POST /bundle/{bundleNumber}", MAKERS, &[], "POST /bundle/B name=x", "Bundle"),
    row("DELETE /bundle/{bundleNumber}", MAKERS, &["POST /bundle number=B{n}&name=x"], "DELETE /bundle/B{n}", ""),
    row("POST /agent/export", MAKERS, &[], "POST /agent/export licensees=I&withoutCard=true&plaintext=true", "AgentExport"),
    row("GET /agent/delegation", MAKERS, &["POST /agent/export licensees=I&withoutCard=true&plaintext=true"], "GET /agent/delegation", "AgentDelegation"),
    row("POST /agent/report", MAKERS, &[], "POST /agent/report report={report}", "AgentReport"),
    row("POST /agent/release", MAKERS, &["POST /agent/export licensees=I&withoutCard=true&plaintext=true"], "POST /agent/release licensees=I", "AgentDelegation"),
    // Create and update transaction.
    row("POST /transaction", CHIEFS, &[], "POST /transaction status=CLOSED&source=SHOP", "Transaction"),
    row("POST /transaction/{transactionNumber}", CHIEFS, &["POST /transaction number=T{n}&status=PENDING&source=SHOP"], "POST /transaction/T{n} status=CLOSED", "Transaction"),
    // Paymentmethod list, get and update.
    row("GET /paymentmethod", CHIEFS, &[], "GET /paymentmethod", "PaymentMethod"),
    row("GET /paymentmethod/{paymentMethodNumber}", CHIEFS, &[], "GET /paymentmethod/NULL", "PaymentMethod"),
    row("POST /paymentmethod/{paymentMethodNumber}", CHIEFS, &[], "POST /paymentmethod/PAYPAL active=true", "PaymentMethod"),
    // Notification.
    row("GET /notification", CHIEFS, &[], "GET /notification", "Notification"),
    row("GET /notification/{notificationNumber}", CHIEFS, &[], "GET /notification/N", "Notification"),
    row("POST /notification", CHIEFS, &[], "POST /notification name=x&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=http://localhost:1/&active=false", "Notification"),
    row("POST /notification/{notificationNumber}", CHIEFS, &[], "POST /notification/N name=x", "Notification"),
    row("DELETE /notification/{notificationNumber}", CHIEFS, &["POST /notification number=N{n}&name=x&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=http://localhost:1/&active=false"], "DELETE /notification/N{n}", ""),
    log("GET /notification/{notificationNumber}/delivery", CHIEFS, "GET /notification/N/delivery", "NotificationDelivery"),
    // Token list, get, delete.
    row("GET /token", CHIEFS, &[], "GET /token", "Token"),
    row("GET /token/{tokenNumber}", CHIEFS, &[], "GET /token/{token}", "Token"),
    row("DELETE /token/{tokenNumber}", CHIEFS, &[], "DELETE /token/{token}", ""),
    // PricingTable render.
    row("GET /licensingmodel/PricingTable/render", READERS, &[], "GET /licensingmodel/PricingTable/render?productModuleNumber=R", "text/html"),
];
