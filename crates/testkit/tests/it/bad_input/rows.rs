//! The rows: section 10 of the wire contract, and what sections 4 to 8 say of each resource.

/// A request, the status that it must be refused with, and the infos: their ids and texts.
pub(super) type Row = (&'static str, u16, &'static [(&'static str, &'static str)]);

/// What the rows find.
pub(super) const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE",
    "POST /licensetemplate productModuleNumber=M1&number=EX&name=Old&licenseType=FEATURE&active=false",
    "POST /product number=P2&name=Brush",
    "POST /productmodule productNumber=P2&number=M2&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M2&number=E2&name=Hair&licenseType=FEATURE",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /licensee productNumber=P2&number=I2",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1",
    "POST /transaction number=TP&status=PENDING&source=SHOP&grandTotal=9&currency=EUR",
    "POST /transaction number=TC&status=CLOSED&source=SHOP&licenseeNumber=I1",
    "POST /transaction number=TX&status=CANCELLED&source=SHOP",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=LP&transactionNumber=TP",
    "POST /bundle number=B1&name=All&licenseTemplateNumbers=E1&price=9&currency=EUR",
    "POST /bundle number=B2&name=Others&licenseTemplateNumbers=E2",
    "POST /bundle number=B3&name=Old&licenseTemplateNumbers=E1,EX",
    "POST /bundle number=BX&name=Gone&licenseTemplateNumbers=E1&active=false",
    "POST /notification number=N1&name=All&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=http://localhost:1/&active=false",
    "POST /notification number=N2&name=None&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=http://localhost:1/&active=false",
    "POST /productmodule productNumber=P1&number=MR&name=Plans&licensingModel=PricingTable",
];

const MALFORMED: &str = "MalformedRequestException";
const ILLEGAL: &str = "IllegalOperationException";
const NOT_FOUND: &str = "NotFoundException";
const INVALID: &str = "ValidationException";
const ARGUMENT: &str = "IllegalArgumentException";

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Unknown entity in the path.
    ("GET /product/no", 404, &[(NOT_FOUND, "Requested product does not exist")]),
    ("POST /product/no name=x", 404, &[(NOT_FOUND, "Requested product does not exist")]),
    ("DELETE /product/no", 404, &[(NOT_FOUND, "Requested product does not exist")]),
    ("GET /productmodule/no", 404, &[(NOT_FOUND, "Requested product module does not exist")]),
    ("POST /productmodule/no name=x", 404, &[(NOT_FOUND, "Requested product module does not exist")]),
    ("DELETE /productmodule/no", 404, &[(NOT_FOUND, "Requested product module does not exist")]),
    ("GET /licensetemplate/no", 404, &[(NOT_FOUND, "Requested license template does not exist")]),
    ("POST /licensetemplate/no name=x", 404, &[(NOT_FOUND, "Requested license template does not exist")]),
    ("DELETE /licensetemplate/no", 404, &[(NOT_FOUND, "Requested license template does not exist")]),
    ("GET /licensee/no", 404, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("POST /licensee/no name=x", 404, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("DELETE /licensee/no", 404, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("POST /licensee/no/validate", 404, &[(NOT_FOUND, "Requested licensee does not exist and the productNumber is not provided")]),
    ("POST /licensee/no/transfer sourceLicenseeNumber=I1", 404, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("POST /licensee/I1/transfer sourceLicenseeNumber=no", 404, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("GET /license/no", 404, &[(NOT_FOUND, "Requested license does not exist")]),
    ("POST /license/no name=x", 404, &[(NOT_FOUND, "Requested license does not exist")]),
    ("DELETE /license/no", 404, &[(NOT_FOUND, "Requested license does not exist")]),
    ("GET /bundle/no", 404, &[(NOT_FOUND, "Requested bundle does not exist")]),
    ("POST /bundle/no name=x", 404, &[(NOT_FOUND, "Requested bundle does not exist")]),
    ("DELETE /bundle/no", 404, &[(NOT_FOUND, "Requested bundle does not exist")]),
    ("POST /bundle/no/obtain licenseeNumber=I1", 404, &[(NOT_FOUND, "Requested bundle does not exist")]),
    ("GET /token/no", 404, &[(NOT_FOUND, "Requested token does not exist")]),
    ("DELETE /token/no", 404, &[(NOT_FOUND, "Requested token does not exist")]),
    ("GET /transaction/no", 404, &[(NOT_FOUND, "Requested transaction does not exist")]),
    ("POST /transaction/no status=CLOSED", 404, &[(NOT_FOUND, "Requested transaction does not exist")]),
    ("GET /paymentmethod/no", 404, &[(NOT_FOUND, "Requested payment method does not exist")]),
    ("GET /paymentmethod/paypal", 404, &[(NOT_FOUND, "Requested payment method does not exist")]),
    ("POST /paymentmethod/no active=true", 404, &[(NOT_FOUND, "Requested payment method does not exist")]),
    ("GET /notification/no", 404, &[(NOT_FOUND, "Requested notification does not exist")]),
    ("POST /notification/no name=x", 404, &[(NOT_FOUND, "Requested notification does not exist")]),
    ("DELETE /notification/no", 404, &[(NOT_FOUND, "Requested notification does not exist")]),
    ("GET /notification/no/delivery", 404, &[(NOT_FOUND, "Requested notification does not exist")]),

    // Unknown path under the base.
    ("GET /nonsense", 404, &[(NOT_FOUND, "Requested path does not exist")]),
    ("POST /product/P1/nonsense name=x", 404, &[(NOT_FOUND, "Requested path does not exist")]),
    ("PUT /nonsense", 404, &[(NOT_FOUND, "Requested path does not exist")]),
    ("GET /Product", 404, &[(NOT_FOUND, "Requested path does not exist")]),
    ("GET /", 404, &[(NOT_FOUND, "Requested path does not exist")]),

    // Unknown entity named in a parameter.
    ("POST /productmodule productNumber=no&name=x&licensingModel=Quota", 400, &[(NOT_FOUND, "Requested product does not exist")]),
    ("POST /licensetemplate productModuleNumber=no&name=x&licenseType=FEATURE", 400, &[(NOT_FOUND, "Requested product module does not exist")]),
    ("POST /licensee productNumber=no", 400, &[(NOT_FOUND, "Requested product does not exist")]),
    ("POST /license licenseeNumber=no&licenseTemplateNumber=E1", 400, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=no", 400, &[(NOT_FOUND, "Requested license template does not exist")]),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E1&transactionNumber=no", 400, &[(NOT_FOUND, "Requested transaction does not exist")]),
    ("POST /license/L1 transactionNumber=no", 400, &[(NOT_FOUND, "Requested transaction does not exist")]),
    ("POST /transaction status=PENDING&source=SHOP&licenseeNumber=no", 400, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("POST /transaction/TP licenseeNumber=no", 400, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("POST /bundle name=x&licenseTemplateNumbers=E1,no", 400, &[(NOT_FOUND, "Requested license template does not exist")]),
    ("POST /bundle/B1 licenseTemplatesNumbers=no", 400, &[(NOT_FOUND, "Requested license template does not exist")]),
    ("POST /bundle/B1 licenseTemplateNumber=no", 400, &[(NOT_FOUND, "Requested license template does not exist")]),
    ("POST /bundle/B1/obtain licenseeNumber=no", 400, &[(NOT_FOUND, "Requested licensee does not exist.")]),
    ("POST /bundle/B1/obtain licenseeNumber=I1&transactionNumber=no", 400, &[(NOT_FOUND, "Requested transaction does not exist")]),
    ("POST /token tokenType=APIKEY&licenseeNumber=no", 400, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("POST /token tokenType=SHOP&licenseeNumber=no", 400, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("POST /token tokenType=SHOP&productNumber=no&predefinedShoppingItem=x&licenseTemplateNumber=E1", 400, &[(NOT_FOUND, "Requested product does not exist")]),
    ("POST /token tokenType=ACTION&action=licenseeLogin&licenseeNumber=no", 400, &[(NOT_FOUND, "Requested licensee does not exist")]),
    ("GET /licensingmodel/PricingTable/render?productModuleNumber=no", 400, &[(NOT_FOUND, "Requested product module does not exist")]),

    // Required parameter missing.
    ("POST /product", 400, &[(MALFORMED, "Product name is required")]),
    ("POST /productmodule name=x&licensingModel=Quota", 400, &[(MALFORMED, "Product number is not provided")]),
    ("POST /productmodule productNumber=P1&licensingModel=Quota", 400, &[(MALFORMED, "Product module name is required")]),
    ("POST /licensetemplate name=x&licenseType=FEATURE", 400, &[(MALFORMED, "Product module number is not provided")]),
    ("POST /licensetemplate productModuleNumber=M1&licenseType=FEATURE", 400, &[(MALFORMED, "License template name is required")]),
    ("POST /licensee name=x", 400, &[(MALFORMED, "Product number is not provided")]),
    ("POST /license licenseTemplateNumber=E1", 400, &[(MALFORMED, "Licensee number is not provided")]),
    ("POST /license licenseeNumber=I1", 400, &[(MALFORMED, "License template number is not provided")]),
    ("POST /licensee/I1/transfer", 400, &[(MALFORMED, "Source licensee number is not provided")]),
    ("POST /transaction source=SHOP", 400, &[(MALFORMED, "Transaction status is required")]),
    ("POST /transaction status=PENDING", 400, &[(MALFORMED, "Transaction source is required")]),
    ("POST /transaction status=&source=", 400, &[(MALFORMED, "Transaction status is required")]),
    ("POST /bundle/B1/obtain", 400, &[(MALFORMED, "Licensee number is not provided")]),
    ("GET /licensingmodel/PricingTable/render", 400, &[(MALFORMED, "Product module number is not provided")]),

    // A token that lacks something is told by two infos.
    ("POST /token tokenType=SHOP", 400, &[(MALFORMED, "Malformed token request"), ("TokenValidation", "Property 'licenseeNumber' not found")]),
    ("POST /token tokenType=SHOP&licenseeNumber=", 400, &[(MALFORMED, "Malformed token request"), ("TokenValidation", "Property 'licenseeNumber' not found")]),
    ("POST /token tokenType=SHOP&productNumber=P1&predefinedShoppingItem=x", 400, &[(MALFORMED, "Malformed token request"), ("TokenValidation", "Property 'licenseeNumber' not found")]),
    ("POST /token tokenType=SHOP&productNumber=P1&licenseTemplateNumber=E1", 400, &[(MALFORMED, "Malformed token request"), ("TokenValidation", "Property 'licenseeNumber' not found")]),
    ("POST /token tokenType=ACTION&action=licenseeLogin", 400, &[(MALFORMED, "Malformed token request"), ("TokenValidation", "Property 'licenseeNumber' not found")]),
    ("POST /token tokenType=DEFAULT&type=ACTION&licenseeNumber=I1", 400, &[(MALFORMED, "Malformed token request"), ("TokenValidation", "Property 'action' not found")]),

    // Price without currency, and the reverse.
    ("POST /licensetemplate productModuleNumber=M1&name=x&licenseType=FEATURE&price=1", 400, &[(MALFORMED, "'price' field must be accompanied with the 'currency' field")]),
    ("POST /licensetemplate productModuleNumber=M1&name=x&licenseType=FEATURE&currency=EUR", 400, &[(MALFORMED, "'currency' field can not be used without the 'price' field")]),
    ("POST /bundle name=x&price=1", 400, &[(ARGUMENT, "'price' field must be accompanied with the 'currency' field")]),
    ("POST /bundle name=x&currency=EUR", 400, &[(ARGUMENT, "'currency' field can not be used without the 'price' field")]),
    ("POST /bundle/B2 price=1", 400, &[(ARGUMENT, "'price' field must be accompanied with the 'currency' field")]),
    ("POST /bundle/B1 price=&currency=USD", 400, &[(ARGUMENT, "'currency' field can not be used without the 'price' field")]),
    ("POST /transaction status=PENDING&source=SHOP&grandTotal=1", 400, &[(MALFORMED, "'grandTotal' field must be accompanied with the 'currency' field")]),
    ("POST /transaction status=PENDING&source=SHOP&currency=EUR", 400, &[(MALFORMED, "'currency' field can not be used without the 'grandTotal' field")]),
    ("POST /transaction status=PENDING&source=SHOP&discount=1", 400, &[(MALFORMED, "'discount' field can not be used without the 'grandTotal' field")]),

    // Bundle and notification validation.
    ("POST /bundle price=1", 400, &[(INVALID, "Bundle name is required.")]),
    ("POST /bundle name=&licenseTemplateNumbers=E1", 400, &[(INVALID, "Bundle name is required.")]),
    ("POST /notification", 400, &[(INVALID, "Notification name is required.")]),
    ("POST /notification name=x&protocol=WEBHOOK&endpoint=https://hooks.example/", 400, &[(INVALID, "Notification events are required.")]),
    ("POST /notification name=x&events=LICENSE_CREATED&endpoint=https://hooks.example/", 400, &[(INVALID, "Notification type is required.")]),
    ("POST /notification name=x&events=LICENSE_CREATED&protocol=WEBHOOK", 400, &[(INVALID, "Notification endpoint must be a valid URL.")]),
    ("POST /notification name=x&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=nowhere", 400, &[(INVALID, "Notification endpoint must be a valid URL.")]),
    ("POST /notification/N1 endpoint=ftp://hooks.example/", 400, &[(INVALID, "Notification endpoint must be a valid URL.")]),
    ("POST /notification/N1 endpoint=https://", 400, &[(INVALID, "Notification endpoint must be a valid URL.")]),
    ("POST /notification/N1 endpoint=//hooks.example/", 400, &[(INVALID, "Notification endpoint must be a valid URL.")]),

    // TIMEVOLUME without timeVolume.
    ("POST /licensetemplate productModuleNumber=MR&name=x&licenseType=TIMEVOLUME", 400, &[(ILLEGAL, "License template of type 'TIMEVOLUME' must have property 'timeVolume' specified.")]),

    // Duplicate numbers.
    ("POST /product name=x&number=P1", 400, &[(ILLEGAL, "The number 'P1' is already in use")]),
    ("POST /productmodule productNumber=P1&name=x&licensingModel=Quota&number=M1", 400, &[(ILLEGAL, "The number 'M1' is already in use")]),
    ("POST /licensetemplate productModuleNumber=M1&name=x&licenseType=FEATURE&number=E1", 400, &[(ILLEGAL, "The number 'E1' is already in use")]),
    ("POST /licensee productNumber=P1&number=I1", 400, &[(ILLEGAL, "The number 'I1' is already in use")]),
    ("POST /licensee productNumber=P1&number=acme", 400, &[(ILLEGAL, "The number 'acme' is already in use")]),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1", 400, &[(ILLEGAL, "The number 'L1' is already in use")]),
    ("POST /license/LP number=L1", 400, &[(ILLEGAL, "The number 'L1' is already in use")]),
    ("POST /transaction number=TP&status=PENDING&source=SHOP", 400, &[(ILLEGAL, "The number 'TP' is already in use")]),
    ("POST /transaction/TP number=TC", 400, &[(ILLEGAL, "The number 'TC' is already in use")]),
    ("POST /bundle number=B1&name=x", 400, &[(ILLEGAL, "The number 'B1' is already in use")]),
    ("POST /bundle/B1 number=B2", 400, &[(ILLEGAL, "The number 'B2' is already in use")]),
    ("POST /notification number=N1&name=x&events=LICENSE_CREATED&protocol=WEBHOOK&endpoint=https://hooks.example/", 400, &[(ILLEGAL, "The number 'N1' is already in use")]),
    ("POST /notification/N1 number=N2", 400, &[(ILLEGAL, "The number 'N2' is already in use")]),
    ("POST /paymentmethod/PAYPAL number=STRIPE", 400, &[(ILLEGAL, "Requested payment method is not supported")]),

    // What never changes, or no longer.
    ("POST /license/L1 number=L9", 400, &[(ILLEGAL, "The number 'L1' cannot be changed: the transaction that made the license is not pending")]),
    ("POST /transaction/TP source=AUTO_LICENSE_CREATE", 400, &[(ILLEGAL, "The property 'source' cannot be changed")]),
    ("POST /transaction/TC status=PENDING", 400, &[(ILLEGAL, "The transaction is CLOSED, which is final")]),
    ("POST /transaction/TC status=CANCELLED", 400, &[(ILLEGAL, "The transaction is CLOSED, which is final")]),
    ("POST /transaction/TX status=CLOSED", 400, &[(ILLEGAL, "The transaction is CANCELLED, which is final")]),
    ("POST /transaction/TX status=PENDING", 400, &[(ILLEGAL, "The transaction is CANCELLED, which is final")]),
    ("POST /transaction/TC grandTotal=1&currency=EUR", 400, &[(ILLEGAL, "The transaction is CLOSED, which is final")]),
    ("POST /transaction/TC licenseeNumber=", 400, &[(ILLEGAL, "The transaction is CLOSED, which is final")]),
    ("POST /transaction/TC datecreated=2026-01-02", 400, &[(ILLEGAL, "The transaction is CLOSED, which is final")]),
    ("POST /transaction/TC dateclosed=2026-01-02", 400, &[(ILLEGAL, "The transaction is CLOSED, which is final")]),
    ("POST /transaction/TC number=T9", 400, &[(ILLEGAL, "The number 'TC' cannot be changed: the transaction is not pending any more")]),
    ("POST /transaction/TP active=false", 400, &[(ILLEGAL, "A transaction is always active, unless it is CANCELLED")]),
    ("POST /transaction/TC active=false", 400, &[(ILLEGAL, "A transaction is always active, unless it is CANCELLED")]),
    ("POST /transaction status=PENDING&source=SHOP&active=false", 400, &[(ILLEGAL, "A transaction is always active, unless it is CANCELLED")]),

    // Transactions that take no more licenses.
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E1&transactionNumber=TC", 400, &[(ILLEGAL, "The transaction 'TC' is CLOSED and takes no more licenses: it must be PENDING")]),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E1&transactionNumber=TX", 400, &[(ILLEGAL, "The transaction 'TX' is CANCELLED and takes no more licenses: it must be PENDING")]),
    ("POST /license/L1 transactionNumber=TC", 400, &[(ILLEGAL, "The transaction 'TC' is CLOSED and takes no more licenses: it must be PENDING")]),
    ("POST /bundle/B1/obtain licenseeNumber=I1&transactionNumber=TC", 400, &[(ILLEGAL, "The transaction 'TC' is CLOSED and takes no more licenses: it must be PENDING")]),

    // Bundles.
    ("POST /bundle name=x&licenseTemplateNumbers=E1,E2", 400, &[(ILLEGAL, "The license templates of a bundle must belong to one product")]),
    ("POST /bundle/B1 licenseTemplateNumbers=E2,E1", 400, &[(ILLEGAL, "The license templates of a bundle must belong to one product")]),
    ("POST /bundle/BX/obtain licenseeNumber=I1", 400, &[(ILLEGAL, "The bundle 'BX' is inactive")]),
    ("POST /bundle/B2/obtain licenseeNumber=I1", 400, &[(ILLEGAL, "The licensee and the license template belong to different products")]),
    ("POST /bundle/B3/obtain licenseeNumber=I1", 400, &[(ILLEGAL, "The license template 'EX' is inactive")]),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=EX", 400, &[(ILLEGAL, "The license template 'EX' is inactive")]),

    // Children on delete.
    ("DELETE /product/P1", 400, &[(ILLEGAL, "The product has product modules or licensees: delete them first, or use forceCascade=true")]),
    ("DELETE /product/P1?forceCascade=False", 400, &[(ILLEGAL, "The product has product modules or licensees: delete them first, or use forceCascade=true")]),
    ("DELETE /productmodule/M1", 400, &[(ILLEGAL, "The product module has license templates: delete them first, or use forceCascade=true")]),
    ("DELETE /productmodule/M1?forceCascade=false", 400, &[(ILLEGAL, "The product module has license templates: delete them first, or use forceCascade=true")]),
    ("DELETE /licensetemplate/E1", 400, &[(ILLEGAL, "Licenses were made from the license template: delete them first, or use forceCascade=true")]),
    ("DELETE /licensee/I1", 400, &[(ILLEGAL, "The licensee has licenses: delete them first, or use forceCascade=true")]),
    ("DELETE /licensee/I1?forceCascade=1", 400, &[(MALFORMED, "Parameter 'forceCascade' has the invalid value '1': expected true or false")]),
    ("DELETE /bundle/B1?forceCascade=yes", 400, &[(MALFORMED, "Parameter 'forceCascade' has the invalid value 'yes': expected true or false")]),

    // Bad values of enums, numbers, dates and Booleans.
    ("POST /product/P1 active=1", 400, &[(MALFORMED, "Parameter 'active' has the invalid value '1': expected true or false")]),
    ("POST /transaction status=closed&source=SHOP", 400, &[(MALFORMED, "Parameter 'status' has the invalid value 'closed': expected PENDING, CLOSED or CANCELLED")]),
    ("POST /transaction/TP status=OPEN", 400, &[(MALFORMED, "Parameter 'status' has the invalid value 'OPEN': expected PENDING, CLOSED or CANCELLED")]),
    ("POST /transaction status=PENDING&source=AUTO_LICENSE_CREATE", 400, &[(MALFORMED, "Parameter 'source' has the invalid value 'AUTO_LICENSE_CREATE': expected SHOP")]),
    ("POST /transaction status=PENDING&source=shop", 400, &[(MALFORMED, "Parameter 'source' has the invalid value 'shop': expected SHOP")]),
    ("POST /transaction/TP grandTotal=1,50", 400, &[(MALFORMED, "Parameter 'grandTotal' has the invalid value '1,50': expected a decimal, at least 0")]),
    ("POST /transaction/TP grandTotal=-1", 400, &[(MALFORMED, "Parameter 'grandTotal' has the invalid value '-1': expected a decimal, at least 0")]),
    ("POST /transaction/TP discount=x", 400, &[(MALFORMED, "Parameter 'discount' has the invalid value 'x': expected a decimal, at least 0")]),
    ("POST /transaction/TP currency=XYZ", 400, &[(MALFORMED, "Parameter 'currency' has the invalid value 'XYZ': expected EUR or USD")]),
    ("POST /transaction/TP datecreated=yesterday", 400, &[(MALFORMED, "Parameter 'datecreated' has the invalid value 'yesterday': expected a date or a date and time, as 2026-11-22T10:00:00Z")]),
    ("POST /transaction/TP dateClosed=2026-02-30&status=CLOSED", 400, &[(MALFORMED, "Parameter 'dateClosed' has the invalid value '2026-02-30': expected a date or a date and time, as 2026-11-22T10:00:00Z")]),
    ("POST /transaction/TP active=yes", 400, &[(MALFORMED, "Parameter 'active' has the invalid value 'yes': expected true or false")]),
    ("POST /bundle/B1 price=-1", 400, &[(MALFORMED, "Parameter 'price' has the invalid value '-1': expected a decimal, at least 0")]),
    ("POST /bundle/B1 currency=GBP", 400, &[(MALFORMED, "Parameter 'currency' has the invalid value 'GBP': expected EUR or USD")]),
    ("POST /bundle/B1 active=1", 400, &[(MALFORMED, "Parameter 'active' has the invalid value '1': expected true or false")]),
    ("POST /notification/N1 events=LICENSE_CREATED,EMAIL", 400, &[(MALFORMED, "Parameter 'events' has the invalid value 'LICENSE_CREATED,EMAIL': expected LICENSEE_CREATED, LICENSE_CREATED, WARNING_LEVEL_CHANGED, PAYMENT_TRANSACTION_PROCESSED or CHECKOUT_REFUSED, separated by commas")]),
    ("POST /notification/N1 events=,", 400, &[(MALFORMED, "Parameter 'events' has the invalid value ',': expected LICENSEE_CREATED, LICENSE_CREATED, WARNING_LEVEL_CHANGED, PAYMENT_TRANSACTION_PROCESSED or CHECKOUT_REFUSED, separated by commas")]),
    ("POST /notification/N1 protocol=EMAIL", 400, &[(MALFORMED, "Parameter 'protocol' has the invalid value 'EMAIL': expected WEBHOOK")]),
    ("POST /notification/N1 active=maybe", 400, &[(MALFORMED, "Parameter 'active' has the invalid value 'maybe': expected true or false")]),
    ("POST /notification/N1 webhookSecret=whsec_c2hvcnQ=", 400, &[(MALFORMED, "Parameter 'webhookSecret' must be whsec_ and 24 to 64 bytes in base64")]),
    ("POST /paymentmethod/PAYPAL active=1", 400, &[(MALFORMED, "Parameter 'active' has the invalid value '1': expected true or false")]),
    ("POST /token tokenType=shop&licenseeNumber=I1", 400, &[(MALFORMED, "Parameter 'tokenType' has the invalid value 'shop': expected DEFAULT, SHOP, APIKEY or ACTION")]),
    ("POST /token tokenType=ACTION&action=logout&licenseeNumber=I1", 400, &[(MALFORMED, "Parameter 'action' has the invalid value 'logout': expected licenseeLogin")]),
    ("POST /token active=1", 400, &[(MALFORMED, "Parameter 'active' has the invalid value '1': expected true or false")]),
    ("POST /token expirationTime=soon", 400, &[(MALFORMED, "Parameter 'expirationTime' has the invalid value 'soon': expected a date and time")]),
    ("POST /token tokenType=APIKEY&apiKeyRole=ROLE_ADMIN", 400, &[(MALFORMED, "Parameter 'apiKeyRole' has the invalid value 'ROLE_ADMIN': expected ROLE_APIKEY_LICENSEE, ROLE_APIKEY_ANALYTICS, ROLE_APIKEY_OPERATION, ROLE_APIKEY_MAINTENANCE or ROLE_APIKEY_ADMIN")]),
    ("POST /token tokenType=APIKEY&privateKey=secret", 400, &[(MALFORMED, "Parameter 'privateKey' is invalid: the key is not an RSA private key of 2048 to 8192 bits in PKCS#8")]),
    ("POST /licensee/I1/validate productNumber=P2", 400, &[(MALFORMED, "The licensee does not belong to the product that productNumber names")]),
    ("POST /licensee/I1/validate dryRun=yes", 400, &[(MALFORMED, "Parameter 'dryRun' has the invalid value 'yes': expected true or false")]),

    // Numbers and names.
    ("POST /transaction number=+T9&status=PENDING&source=SHOP", 400, &[(MALFORMED, "Parameter 'number' is invalid: a number must not hold control characters, nor begin or end with a blank")]),
    ("POST /bundle/B1 number=..", 400, &[(MALFORMED, "Parameter 'number' is invalid: a number must not be '.' or '..', which no path can name")]),
    ("POST /notification/N1 number=%0A", 400, &[(MALFORMED, "Parameter 'number' is invalid: a number must not hold control characters, nor begin or end with a blank")]),
    ("POST /transaction/TP GrandTotal=1", 400, &[(MALFORMED, "Parameter 'GrandTotal' differs from 'grandTotal' in letter case only")]),
    ("POST /transaction/TP DateCreated=2026-01-01", 400, &[(MALFORMED, "Parameter 'DateCreated' differs from 'datecreated' in letter case only")]),
    ("POST /bundle/B1 Name=x", 400, &[(MALFORMED, "Parameter 'Name' differs from 'name' in letter case only")]),
    ("POST /notification/N1 Endpoint=x", 400, &[(MALFORMED, "Parameter 'Endpoint' differs from 'endpoint' in letter case only")]),
    ("POST /paymentmethod/PAYPAL ACTIVE=true", 400, &[(MALFORMED, "Parameter 'ACTIVE' differs from 'active' in letter case only")]),
    ("POST /token PrivateKey=x", 400, &[(MALFORMED, "Parameter 'PrivateKey' differs from 'privateKey' in letter case only")]),
    ("POST /token tokentype=SHOP&licenseeNumber=I1", 400, &[(MALFORMED, "Parameter 'tokentype' differs from 'tokenType' in letter case only")]),

    // The rendering of what is no table.
    ("GET /licensingmodel/PricingTable/render?productModuleNumber=M1", 400, &[(ILLEGAL, "The product module 'M1' has not the licensing model 'PricingTable'")]),

    // The request itself.
    ("GET /product/%zz", 400, &[(MALFORMED, "The request holds a broken percent-encoding")]),
    ("GET /product/%07", 400, &[(MALFORMED, "The path holds a segment that is '.' or '..' or not printable")]),
    ("GET /product/%ff", 400, &[(MALFORMED, "The request is not valid UTF-8")]),
    ("POST /product name=%ff", 400, &[(MALFORMED, "The request is not valid UTF-8")]),
    ("POST /product name=%4", 400, &[(MALFORMED, "The request holds a broken percent-encoding")]),
    ("GET /product?vendorNumber=other", 403, &[("AccessDeniedException", "Parameter 'vendorNumber' names another vendor than the credentials")]),
    ("POST /bundle name=x&vendorNumber=other", 403, &[("AccessDeniedException", "Parameter 'vendorNumber' names another vendor than the credentials")]),
];

/// A method that a path does not offer, and those that it does.
#[rustfmt::skip]
pub(super) const NOT_OFFERED: &[(&str, &str)] = &[
    ("PUT /product", "GET, HEAD, POST, OPTIONS"),
    ("DELETE /product", "GET, HEAD, POST, OPTIONS"),
    ("PATCH /product/P1", "GET, HEAD, POST, DELETE, OPTIONS"),
    ("PUT /bundle/B1", "GET, HEAD, POST, DELETE, OPTIONS"),
    ("TRACE /license/L1", "GET, HEAD, POST, DELETE, OPTIONS"),
    ("DELETE /transaction/TP", "GET, HEAD, POST, OPTIONS"),
    ("DELETE /transaction/no", "GET, HEAD, POST, OPTIONS"),
    ("POST /token/no", "GET, HEAD, DELETE, OPTIONS"),
    ("POST /paymentmethod", "GET, HEAD, OPTIONS"),
    ("DELETE /paymentmethod/PAYPAL", "GET, HEAD, POST, OPTIONS"),
    ("GET /bundle/B1/obtain", "POST, OPTIONS"),
    ("GET /licensee/I1/transfer", "POST, OPTIONS"),
    ("DELETE /licensee/I1/validate", "GET, HEAD, POST, OPTIONS"),
    ("POST /notification/N1/delivery", "GET, HEAD, OPTIONS"),
    ("POST /utility/countries", "GET, HEAD, OPTIONS"),
    ("POST /licensingmodel/PricingTable/render", "GET, HEAD, OPTIONS"),
    ("GET /agent/export", "POST, OPTIONS"),
];
