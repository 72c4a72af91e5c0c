//! Bad input: status, id and text of the table in section 10, in both formats, and nothing
//! changed afterwards.

use leasehold_wire::info::InfoKind;
use leasehold_wire::media::Media;

use crate::support::{Server, split};

const WORLD: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /product number=P2&name=Brush",
    "POST /product number=PX&name=Retired",
    "POST /product number=PA&name=Open&licenseeAutoCreate=true",
    "POST /productmodule productNumber=PA&number=MA&name=Nodes&licensingModel=NodeLocked&nodeSecretMode=CLIENT",
    "POST /productmodule productNumber=PX&number=MX&name=Old&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=MX&number=EX&name=Old&licenseType=FEATURE",
    "POST /licensee productNumber=PX&number=IX",
    "POST /product/PX active=false",
    "POST /productmodule productNumber=P1&number=M1&name=Time&licensingModel=Subscription",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Month&licenseType=TIMEVOLUME&timeVolume=1&timeVolumePeriod=MONTH",
    "POST /licensetemplate productModuleNumber=M1&number=E1X&name=Old&licenseType=TIMEVOLUME&timeVolume=1&active=false",
    "POST /productmodule productNumber=P1&number=M2&name=Parts&licensingModel=Rental&yellowThreshold=5",
    "POST /licensetemplate productModuleNumber=M2&number=E2&name=Part&licenseType=FEATURE",
    "POST /licensetemplate productModuleNumber=M2&number=E3&name=Month&licenseType=TIMEVOLUME&timeVolume=1",
    "POST /productmodule productNumber=P1&number=M3&name=Seats&licensingModel=Floating&maxCheckoutValidity=60",
    "POST /licensetemplate productModuleNumber=M3&number=E4&name=Seat&licenseType=FLOATING&maxSessions=1",
    "POST /productmodule productNumber=P1&number=M4&name=Try&licensingModel=TryAndBuy",
    "POST /licensetemplate productModuleNumber=M4&number=E5&name=Trial&licenseType=TIMEVOLUME&timeVolume=30&automatic=true",
    "POST /licensetemplate productModuleNumber=M4&number=E6&name=Full&licenseType=FEATURE",
    "POST /productmodule productNumber=P1&number=M5&name=Credits&licensingModel=PayPerUse",
    "POST /productmodule productNumber=P1&number=M6&name=Switches&licensingModel=MultiFeature&active=false",
    "POST /licensetemplate productModuleNumber=M6&number=E7&name=Layers&licenseType=FEATURE",
    "POST /licensee productNumber=P1&number=I1&aliases=%5B%22acme%22%5D",
    "POST /licensee productNumber=P1&number=I2",
    "POST /licensee productNumber=P2&number=I3",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=L1",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E2&number=L2",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E3&number=L3&parentfeature=L2",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E5&number=L4",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E4&number=L5",
];

const MALFORMED: &str = "MalformedRequestException";
const ILLEGAL: &str = "IllegalOperationException";
const NOT_FOUND: &str = "NotFoundException";

#[rustfmt::skip]
const CASES: &[(&str, u16, &str, &str)] = &[
    // Unknown entities in the path.
    ("GET /product/P9", 404, NOT_FOUND, "Requested product does not exist"),
    ("POST /product/P9 name=x", 404, NOT_FOUND, "Requested product does not exist"),
    ("DELETE /product/P9", 404, NOT_FOUND, "Requested product does not exist"),
    ("GET /productmodule/M9", 404, NOT_FOUND, "Requested product module does not exist"),
    ("POST /productmodule/M9 name=x", 404, NOT_FOUND, "Requested product module does not exist"),
    ("DELETE /productmodule/M9", 404, NOT_FOUND, "Requested product module does not exist"),
    ("GET /licensetemplate/E9", 404, NOT_FOUND, "Requested license template does not exist"),
    ("POST /licensetemplate/E9 name=x", 404, NOT_FOUND, "Requested license template does not exist"),
    ("DELETE /licensetemplate/E9", 404, NOT_FOUND, "Requested license template does not exist"),
    ("GET /licensee/I9", 404, NOT_FOUND, "Requested licensee does not exist"),
    ("POST /licensee/I9 name=x", 404, NOT_FOUND, "Requested licensee does not exist"),
    ("POST /licensee/acme name=x", 404, NOT_FOUND, "Requested licensee does not exist"),
    ("DELETE /licensee/I9", 404, NOT_FOUND, "Requested licensee does not exist"),
    ("DELETE /licensee/acme?forceCascade=true", 404, NOT_FOUND, "Requested licensee does not exist"),
    ("GET /license/L9", 404, NOT_FOUND, "Requested license does not exist"),
    ("POST /license/L9 name=x", 404, NOT_FOUND, "Requested license does not exist"),
    ("DELETE /license/L9", 404, NOT_FOUND, "Requested license does not exist"),
    ("GET /token/T9", 404, NOT_FOUND, "Requested token does not exist"),
    ("DELETE /token/T9", 404, NOT_FOUND, "Requested token does not exist"),
    ("POST /licensee/I9/transfer sourceLicenseeNumber=I1", 404, NOT_FOUND, "Requested licensee does not exist"),
    ("POST /licensee/I1/transfer sourceLicenseeNumber=I9", 404, NOT_FOUND, "Requested licensee does not exist"),

    // Unknown entities in parameters.
    ("POST /productmodule productNumber=P9&name=x&licensingModel=Quota", 400, NOT_FOUND, "Requested product does not exist"),
    ("POST /licensetemplate productModuleNumber=M9&name=x&licenseType=FEATURE", 400, NOT_FOUND, "Requested product module does not exist"),
    ("POST /licensee productNumber=P9", 400, NOT_FOUND, "Requested product does not exist"),
    ("POST /license licenseeNumber=I9&licenseTemplateNumber=E1", 400, NOT_FOUND, "Requested licensee does not exist"),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E9", 400, NOT_FOUND, "Requested license template does not exist"),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E1&transactionNumber=T9", 400, NOT_FOUND, "Requested transaction does not exist"),
    ("POST /token tokenType=APIKEY&licenseeNumber=I9", 400, NOT_FOUND, "Requested licensee does not exist"),

    // Missing parameters.
    ("POST /product number=P9", 400, MALFORMED, "Product name is required"),
    ("POST /product number=P9&name=", 400, MALFORMED, "Product name is required"),
    ("POST /productmodule name=x&licensingModel=Quota", 400, MALFORMED, "Product number is not provided"),
    ("POST /productmodule productNumber=P1&licensingModel=Quota", 400, MALFORMED, "Product module name is required"),
    ("POST /productmodule productNumber=P1&name=x", 400, MALFORMED, "Licensing model is not provided"),
    ("POST /productmodule productNumber=P1&name=x&licensingModel=Floating", 400, MALFORMED, "Product module of the licensing model 'Floating' must have property 'maxCheckoutValidity' specified."),
    ("POST /licensetemplate name=x&licenseType=FEATURE", 400, MALFORMED, "Product module number is not provided"),
    ("POST /licensetemplate productModuleNumber=M1&licenseType=FEATURE", 400, MALFORMED, "License template name is required"),
    ("POST /licensetemplate productModuleNumber=M1&name=x", 400, MALFORMED, "License type is not provided"),
    ("POST /licensetemplate productModuleNumber=M1&name=x&licenseType=TIMEVOLUME", 400, ILLEGAL, "License template of type 'TIMEVOLUME' must have property 'timeVolume' specified."),
    ("POST /licensetemplate productModuleNumber=M3&name=x&licenseType=FLOATING", 400, ILLEGAL, "License template of type 'FLOATING' must have property 'maxSessions' specified."),
    ("POST /licensetemplate productModuleNumber=M5&name=x&licenseType=QUANTITY", 400, ILLEGAL, "License template of type 'QUANTITY' must have property 'quantity' specified."),
    ("POST /licensetemplate productModuleNumber=MA&name=x&licenseType=QUANTITY", 400, ILLEGAL, "License template of type 'QUANTITY' must have property 'quota' specified."),
    ("POST /licensee name=x", 400, MALFORMED, "Product number is not provided"),
    ("POST /license licenseTemplateNumber=E1", 400, MALFORMED, "Licensee number is not provided"),
    ("POST /license licenseeNumber=I1", 400, MALFORMED, "License template number is not provided"),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E3", 400, MALFORMED, "License of type 'TIMEVOLUME' must have property 'parentfeature' specified in the licensing model 'Rental'."),
    ("POST /licensee/I1/transfer", 400, MALFORMED, "Source licensee number is not provided"),

    // Prices.
    ("POST /licensetemplate productModuleNumber=M6&name=x&licenseType=FEATURE&price=1", 400, MALFORMED, "'price' field must be accompanied with the 'currency' field"),
    ("POST /licensetemplate productModuleNumber=M6&name=x&licenseType=FEATURE&currency=EUR", 400, MALFORMED, "'currency' field can not be used without the 'price' field"),
    ("POST /licensetemplate productModuleNumber=M6&name=x&licenseType=FEATURE&price=1&currency=XYZ", 400, MALFORMED, "Parameter 'currency' has the invalid value 'XYZ': expected EUR or USD"),
    ("POST /licensetemplate productModuleNumber=M6&name=x&licenseType=FEATURE&price=1,50&currency=EUR", 400, MALFORMED, "Parameter 'price' has the invalid value '1,50': expected a decimal, at least 0"),
    ("POST /licensetemplate productModuleNumber=M6&name=x&licenseType=FEATURE&price=-1&currency=EUR", 400, MALFORMED, "Parameter 'price' has the invalid value '-1': expected a decimal, at least 0"),
    ("POST /licensetemplate productModuleNumber=M1&name=x&licenseType=TIMEVOLUME&timeVolume=1&automatic=true&price=1&currency=EUR", 400, ILLEGAL, "An automatic license template must have the price 0"),
    ("POST /product name=x&discount=100;EUR", 400, MALFORMED, "Parameter 'discount' has the invalid value '100;EUR': expected total price;currency;amount, or a percentage as amount"),

    // Enums, Booleans, numbers, dates.
    ("POST /product name=x&active=1", 400, MALFORMED, "Parameter 'active' has the invalid value '1': expected true or false"),
    ("POST /product name=x&vatMode=gross", 400, MALFORMED, "Parameter 'vatMode' has the invalid value 'gross': expected GROSS or NET"),
    ("POST /product/P1 licenseeSecretMode=client", 400, MALFORMED, "Parameter 'licenseeSecretMode' has the invalid value 'client': expected DISABLED, PREDEFINED or CLIENT"),
    ("POST /productmodule productNumber=P1&name=x&licensingModel=Free", 400, MALFORMED, "Parameter 'licensingModel' has the invalid value 'Free': expected the name of a licensing model"),
    ("POST /productmodule/M3 maxCheckoutValidity=0", 400, MALFORMED, "Parameter 'maxCheckoutValidity' has the invalid value '0': expected an integer, at least 1"),
    ("POST /productmodule/M3 skudef=%7B", 400, MALFORMED, "Parameter 'skudef' has the invalid value '{': expected a JSON object"),
    ("POST /productmodule productNumber=P1&name=x&licensingModel=NodeLocked&nodeSecretMode=client", 400, MALFORMED, "Parameter 'nodeSecretMode' has the invalid value 'client': expected PREDEFINED or CLIENT"),
    ("POST /licensetemplate/E1 licenseType=TIME", 400, MALFORMED, "Parameter 'licenseType' has the invalid value 'TIME': expected FEATURE, TIMEVOLUME, FLOATING or QUANTITY"),
    ("POST /licensetemplate/E1 timeVolume=0", 400, MALFORMED, "Parameter 'timeVolume' has the invalid value '0': expected an integer, at least 1"),
    ("POST /licensetemplate/E1 timeVolumePeriod=HOUR", 400, MALFORMED, "Parameter 'timeVolumePeriod' has the invalid value 'HOUR': expected DAY, WEEK, MONTH or YEAR"),
    ("POST /licensetemplate/E4 maxSessions=1e3", 400, MALFORMED, "Parameter 'maxSessions' has the invalid value '1e3': expected an integer, at least 0"),
    ("POST /licensetemplate productModuleNumber=M5&name=x&licenseType=QUANTITY&quantity=-1", 400, MALFORMED, "Parameter 'quantity' has the invalid value '-1': expected an integer, at least 0"),
    ("POST /license/L1 startDate=tomorrow", 400, MALFORMED, "Parameter 'startDate' has the invalid value 'tomorrow': expected a date or a date and time, as 2026-11-22T10:00:00Z"),
    ("POST /license/L1 startDate=2026-02-30", 400, MALFORMED, "Parameter 'startDate' has the invalid value '2026-02-30': expected a date or a date and time, as 2026-11-22T10:00:00Z"),
    ("POST /license/L1 usedQuantity=-1", 400, MALFORMED, "Parameter 'usedQuantity' has the invalid value '-1': expected an integer, at least 0"),
    ("POST /license/L5 sessionId_s=soon", 400, MALFORMED, "Parameter 'sessionId_s' has the invalid value 'soon': expected a date or a date and time, as 2026-11-22T10:00:00Z"),
    ("POST /license/L5 sessionId_=2026-11-22", 400, MALFORMED, "A session id must have 1 to 1000 characters"),
    ("POST /token tokenType=APIKEY&apiKeyRole=ADMIN", 400, MALFORMED, "Parameter 'apiKeyRole' has the invalid value 'ADMIN': expected ROLE_APIKEY_LICENSEE, ROLE_APIKEY_ANALYTICS, ROLE_APIKEY_OPERATION, ROLE_APIKEY_MAINTENANCE or ROLE_APIKEY_ADMIN"),
    ("POST /token tokenType=APIKEY&expirationTime=never", 400, MALFORMED, "Parameter 'expirationTime' has the invalid value 'never': expected a date and time"),
    ("POST /token tokenType=apikey", 400, MALFORMED, "Parameter 'tokenType' has the invalid value 'apikey': expected DEFAULT, SHOP, APIKEY or ACTION"),
    ("DELETE /product/P1?forceCascade=yes", 400, MALFORMED, "Parameter 'forceCascade' has the invalid value 'yes': expected true or false"),

    // Numbers and names.
    ("POST /product name=x&number=P1", 400, ILLEGAL, "The number 'P1' is already in use"),
    ("POST /product/P2 number=P1", 400, ILLEGAL, "The number 'P2' cannot be changed: the product has licensees"),
    ("POST /productmodule productNumber=P1&name=x&licensingModel=Quota&number=M1", 400, ILLEGAL, "The number 'M1' is already in use"),
    ("POST /licensetemplate productModuleNumber=M6&name=x&licenseType=FEATURE&number=E1", 400, ILLEGAL, "The number 'E1' is already in use"),
    ("POST /licensee productNumber=P1&number=I3", 400, ILLEGAL, "The number 'I3' is already in use"),
    ("POST /licensee productNumber=P1&number=acme", 400, ILLEGAL, "The number 'acme' is already in use"),
    ("POST /licensee productNumber=P1&aliases=I3", 400, ILLEGAL, "The alias 'I3' is already in use"),
    ("POST /licensee/I2 aliases=acme", 400, ILLEGAL, "The alias 'acme' is already in use"),
    ("POST /licensee/I2 aliases=x,x", 400, ILLEGAL, "The alias 'x' is already in use"),
    ("POST /licensee/I2 number=I9&aliases=I9", 400, ILLEGAL, "The alias 'I9' is already in use"),
    ("POST /licensee/I2 aliases=%5B1%5D", 400, MALFORMED, "Parameter 'aliases' has the invalid value '[1]': expected a JSON array of texts"),
    ("POST /license licenseeNumber=I2&licenseTemplateNumber=E1&number=L1", 400, ILLEGAL, "The number 'L1' is already in use"),
    ("POST /product name=x&number=+P9", 400, MALFORMED, "Parameter 'number' is invalid: a number must not hold control characters, nor begin or end with a blank"),
    ("POST /product name=x&number=..", 400, MALFORMED, "Parameter 'number' is invalid: a number must not be '.' or '..', which no path can name"),
    ("POST /licensee/I2 aliases=.", 400, MALFORMED, "Parameter 'aliases' is invalid: a number must not be '.' or '..', which no path can name"),
    ("POST /product name=x&Name=y", 400, MALFORMED, "Parameter 'Name' differs from 'name' in letter case only"),
    ("POST /licensee/I1 ALIASES=y", 400, MALFORMED, "Parameter 'ALIASES' differs from 'aliases' in letter case only"),

    // What never changes, or no longer.
    ("POST /productmodule/M1 number=M9", 400, ILLEGAL, "The number 'M1' cannot be changed: its product has licensees"),
    ("POST /productmodule/M1 productNumber=P2", 400, ILLEGAL, "The property 'productNumber' cannot be changed"),
    ("POST /productmodule/M1 licensingModel=Quota", 400, ILLEGAL, "The licensing model cannot be changed once the module has license templates or its product has licensees"),
    ("POST /licensetemplate/E1 number=E9", 400, ILLEGAL, "The number 'E1' cannot be changed: licenses were made from the license template"),
    ("POST /licensetemplate/E1 productModuleNumber=M2", 400, ILLEGAL, "The property 'productModuleNumber' cannot be changed"),
    ("POST /licensetemplate/E2 licenseType=TIMEVOLUME&timeVolume=1", 400, ILLEGAL, "The license type cannot be changed: licenses were made from the license template"),
    ("POST /licensee/I1 number=I9", 400, ILLEGAL, "The number 'I1' cannot be changed: the licensee has licenses"),
    ("POST /licensee/I1 productNumber=P2", 400, ILLEGAL, "The property 'productNumber' cannot be changed"),
    ("POST /license/L1 number=L9", 400, ILLEGAL, "The number 'L1' cannot be changed: the transaction that made the license is not pending"),
    ("POST /license/L1 licenseeNumber=I2", 400, ILLEGAL, "The property 'licenseeNumber' cannot be changed"),
    ("POST /license/L1 licenseTemplateNumber=E2", 400, ILLEGAL, "The property 'licenseTemplateNumber' cannot be changed"),

    // What does not fit together.
    ("POST /product name=x&licenseeAutoCreate=true&licenseeSecretMode=PREDEFINED", 400, ILLEGAL, "licenseeSecretMode 'PREDEFINED' cannot be combined with licenseeAutoCreate"),
    ("POST /product/PA licenseeSecretMode=PREDEFINED", 400, ILLEGAL, "licenseeSecretMode 'PREDEFINED' cannot be combined with licenseeAutoCreate"),
    ("POST /productmodule/MA nodeSecretMode=PREDEFINED", 400, ILLEGAL, "nodeSecretMode 'PREDEFINED' of the product module 'MA' cannot be combined with licenseeAutoCreate of its product"),
    ("POST /productmodule productNumber=PA&name=x&licensingModel=NodeLocked", 400, ILLEGAL, "nodeSecretMode 'PREDEFINED' of the product module '", ),
    ("POST /productmodule/M2 redThreshold=6", 400, ILLEGAL, "yellowThreshold must not be less than redThreshold"),
    ("POST /licensetemplate productModuleNumber=M1&name=x&licenseType=FEATURE", 400, ILLEGAL, "License type 'FEATURE' cannot be used with licensing model 'Subscription'"),
    ("POST /licensetemplate productModuleNumber=M2&name=x&licenseType=FEATURE", 400, ILLEGAL, "A product module of the licensing model 'Rental' has exactly one license template of type 'FEATURE'"),
    ("POST /licensetemplate productModuleNumber=M4&name=x&licenseType=TIMEVOLUME&timeVolume=1", 400, ILLEGAL, "A product module of the licensing model 'TryAndBuy' has exactly one license template of type 'TIMEVOLUME'"),
    ("POST /licensetemplate/E3 automatic=true", 400, ILLEGAL, "A license template of type 'TIMEVOLUME' cannot be automatic in the licensing model 'Rental'"),
    ("POST /licensee productNumber=PX", 400, ILLEGAL, "The product 'PX' is inactive"),
    ("POST /license licenseeNumber=IX&licenseTemplateNumber=EX", 400, ILLEGAL, "The product 'PX' is inactive"),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E7", 400, ILLEGAL, "The product module 'M6' is inactive"),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E1X", 400, ILLEGAL, "The license template 'E1X' is inactive"),
    ("POST /license licenseeNumber=I3&licenseTemplateNumber=E1", 400, ILLEGAL, "The licensee and the license template belong to different products"),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E5", 400, ILLEGAL, "The licensee already has an evaluation license of the product module 'M4'"),
    ("POST /license licenseeNumber=I1&licenseTemplateNumber=E3&parentfeature=L1", 400, ILLEGAL, "parentfeature 'L1' names no license of type 'FEATURE' of the licensee in the product module 'M2'"),
    ("POST /license licenseeNumber=I2&licenseTemplateNumber=E3&parentfeature=L2", 400, ILLEGAL, "parentfeature 'L2' names no license of type 'FEATURE' of the licensee in the product module 'M2'"),
    ("POST /licensee/I2/transfer sourceLicenseeNumber=I1", 400, ILLEGAL, "The source licensee is not marked for transfer"),
    ("POST /licensee/I1/transfer sourceLicenseeNumber=acme", 400, ILLEGAL, "Source and target of the transfer are the same licensee"),
    ("POST /licensee/I3/transfer sourceLicenseeNumber=I1", 400, ILLEGAL, "Source and target of the transfer belong to different products"),

    // Children.
    ("DELETE /product/P1", 400, ILLEGAL, "The product has product modules or licensees: delete them first, or use forceCascade=true"),
    ("DELETE /productmodule/M1?forceCascade=false", 400, ILLEGAL, "The product module has license templates: delete them first, or use forceCascade=true"),
    ("DELETE /licensetemplate/E1", 400, ILLEGAL, "Licenses were made from the license template: delete them first, or use forceCascade=true"),
    ("DELETE /licensee/I1", 400, ILLEGAL, "The licensee has licenses: delete them first, or use forceCascade=true"),
    ("DELETE /license/L2", 400, ILLEGAL, "Licenses of type 'TIMEVOLUME' belong to the license: delete them first, or use forceCascade=true"),

    // What this version does not offer.
    ("POST /agent/export licensees=I1&serialNumber=77", 400, ILLEGAL, "Exports to 'serialNumber' are not offered by this version: use withoutCard=true"),
    ("POST /agent/export licensees=I1&agentNumber=A1", 400, ILLEGAL, "Exports to 'agentNumber' are not offered by this version: use withoutCard=true"),

    // Exports.
    ("POST /agent/export withoutCard=true&plaintext=true", 400, MALFORMED, "Licensee numbers are not provided"),
    ("POST /agent/export licensees=I1,&withoutCard=true&plaintext=true", 400, MALFORMED, "Parameter 'licensees' is invalid: a number must not be empty"),
    ("POST /agent/export licensees=I1", 400, MALFORMED, "The recipient is not provided: use withoutCard=true with passphrase, or with plaintext=true"),
    ("POST /agent/export licensees=I1&withoutCard=true", 400, MALFORMED, "withoutCard=true needs either passphrase or plaintext=true"),
    ("POST /agent/export licensees=I1&withoutCard=true&plaintext=true&passphrase=p", 400, MALFORMED, "withoutCard=true needs either passphrase or plaintext=true"),
    ("POST /agent/export licensees=I9,I1,I8&withoutCard=true&plaintext=true", 404, NOT_FOUND, "Requested licensee does not exist: 'I8', 'I9'"),
];

#[tokio::test]
async fn bad_input_is_told_and_changes_nothing() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, WORLD).await;
    let before = server.everything(&key).await;
    for (request, status, id, text) in CASES {
        for media in [Media::Xml, Media::Json] {
            let (line, form) = split(request);
            let answer = server.ask(&key, media, line, form).await;
            assert_eq!(answer.status, *status, "{request}: {}", answer.body);
            let context = answer.context();
            assert_eq!(answer.content_type, media.content_type(), "{request}");
            assert_eq!(context.items, None, "{request}");
            let [info] = &context.infos[..] else {
                panic!("{request}: {:?}", context.infos);
            };
            assert_eq!(info.kind, InfoKind::Error, "{request}");
            assert_eq!(info.id, *id, "{request}: {}", info.text);
            // A text that ends with an open quotation names something drawn at random.
            let is_told =
                info.text == *text || (text.ends_with('\'') && info.text.starts_with(text));
            assert!(is_told, "{request}: {}\nexpected: {text}", info.text);
        }
        let after = server.everything(&key).await;
        assert_eq!(after, before, "{request} changed something");
    }
    server.verify().await;
}

#[tokio::test]
async fn a_number_that_would_be_too_long_is_refused() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server
        .prepare(&key, &["POST /product number=P1&name=x"])
        .await;
    let (long, longest) = ("n".repeat(256), "n".repeat(255));
    server
        .expect(&key, 400, "POST /product", &format!("name=x&number={long}"))
        .await;
    server
        .expect(
            &key,
            200,
            "POST /product",
            &format!("name=x&number={longest}"),
        )
        .await;
    server
        .expect(&key, 400, "POST /product", &format!("name=x&{long}=custom"))
        .await;
    server
        .expect(
            &key,
            200,
            "POST /product",
            &format!("name=x&{longest}=custom"),
        )
        .await;
    let longest = "n".repeat(1000);
    let licensee = format!("productNumber=P1&number={longest}");
    server.expect(&key, 200, "POST /licensee", &licensee).await;
    server
        .expect(&key, 400, "POST /licensee", &format!("{licensee}n"))
        .await;
    server
        .expect(
            &key,
            400,
            "POST /licensee",
            &format!("productNumber=P1&aliases={longest}n"),
        )
        .await;
}
