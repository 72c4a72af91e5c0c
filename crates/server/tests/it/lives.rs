//! The life of each entity, told in order: every response whole, in both formats.

use expect_test::{ExpectFile, expect_file};
use leasehold_server::Settings;
use leasehold_wire::media::Media;

use crate::support::{Answer, Server, split};

const PRODUCT: &[&str] = &[
    "GET /product",
    "POST /product number=P1&name=Painter&version=2.0&description=%3Cb%3Ebold%3C/b%3E&licensingInfo=ask&vatMode=NET&region=EU&discount=100;EUR;5%25&discount=200;EUR;12.345",
    "GET /product/P1",
    "GET //product/P1/?vendorNumber=V1",
    "POST /product number=P2&name=Brush&active=False&licenseeAutoCreate=TRUE&licenseeSecretMode=CLIENT",
    "GET /product?filter=active%3Dtrue",
    "POST /product/P1 number=P1&name=&description=&vatMode=&licensingInfo=&version=&region=&colour=blue",
    "POST /product/P1 discount=",
    "POST /product/P1 number=Painter%2F1",
    "GET /product/Painter%2F1",
    "GET /product/P1",
    "DELETE /product/Painter%2F1",
    "DELETE /product/Painter%2F1",
    "GET /product",
];

const PRODUCT_MODULE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Seats&licensingModel=Floating&maxCheckoutValidity=0060&licenseTemplate=x",
    "POST /productmodule productNumber=P1&number=M2&name=Parts&licensingModel=FeatureWithTimeVolume&yellowThreshold=10&redThreshold=5&note=hello",
    "POST /productmodule productNumber=P1&number=M3&name=Nodes&licensingModel=NodeLocked&nodeSecretMode=CLIENT",
    "POST /productmodule productNumber=P1&number=M4&name=Plans&licensingModel=PricingTable&skudef=%7B%22skudef%22%3A%5B%5D%7D",
    "POST /productmodule productNumber=P1&number=M5&name=Codes&licensingModel=Discount",
    "GET /productmodule?filter=productNumber%3DP1%3BlicensingModel%3DRental",
    "POST /productmodule/M2 yellowThreshold=&redThreshold=&note=",
    "POST /productmodule/M1 maxCheckoutValidity=&active=false",
    "POST /productmodule/M5 licensingModel=Quota&number=M6",
    "GET /productmodule/M6",
    "POST /licensee productNumber=P1&number=I1",
    "GET /productmodule/M6",
    "DELETE /productmodule/M6",
    "GET /productmodule/M6",
];

const LICENSE_TEMPLATE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Time&licensingModel=Subscription",
    "POST /productmodule productNumber=P1&number=M2&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Month&licenseType=TIMEVOLUME&timeVolume=1&timeVolumePeriod=MONTH&price=9.995&currency=EUR&gracePeriod=False",
    "POST /licensetemplate productModuleNumber=M1&number=E2&name=Trial&licenseType=TIMEVOLUME&timeVolume=30&automatic=true&hidden=true&hideLicenses=true&price=0&currency=EUR",
    "POST /licensetemplate productModuleNumber=M2&number=E3&name=Layers&licenseType=FEATURE&automatic=true&price=5&currency=USD",
    "GET /licensetemplate?filter=productModuleNumber%3DM1",
    "POST /licensetemplate/E1 price=12",
    "POST /licensetemplate/E1 price=&currency=",
    "POST /licensetemplate/E1 timeVolume=&timeVolumePeriod=&name=Day",
    "POST /licensee productNumber=P1&number=I1",
    "GET /licensetemplate/E3",
    "DELETE /licensetemplate/E3",
    "DELETE /licensetemplate/E3?forceCascade",
    "GET /license?filter=licenseTemplateNumber%3DE3",
];

const LICENSEE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensee productNumber=P1&number=I1&name=Acme&aliases=%5B%22acme%22%2C%22a%2Cb%22%5D&licenseeSecret=s&segment=gold",
    "GET /licensee/a%2Cb",
    "POST /licensee productNumber=P1&number=I2&aliases=x,+y&markedForTransfer=true",
    "GET /licensee?filter=segment%3Dgold",
    "POST /licensee/I1 aliases=&name=&licenseeSecret=&segment=",
    "POST /licensee/I2 number=x&aliases=I2",
    "GET /licensee/I2",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE",
    "POST /license licenseeNumber=I2&licenseTemplateNumber=E1&number=L1",
    "GET /licensee/x",
    "POST /licensee/I1/transfer sourceLicenseeNumber=I2",
    "GET /license/L1",
    "POST /licensee/I1/transfer sourceLicenseeNumber=x",
    "POST /licensee/I1/validate",
    "GET /licensee/I1",
    "DELETE /licensee/I2",
    "DELETE /licensee/I1",
    "DELETE /licensee/I1?forceCascade=true",
    "GET /license",
];

const LICENSE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Parts&licensingModel=Rental",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Part&licenseType=FEATURE&hideLicenses=true",
    "POST /licensetemplate productModuleNumber=M1&number=E2&name=Month&licenseType=TIMEVOLUME&timeVolume=1&timeVolumePeriod=MONTH&price=9&currency=EUR",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /license licenseeNumber=acme&licenseTemplateNumber=E1&number=L1&price=77&currency=EUR&note=n",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E2&number=L2&parentFeature=L1&startDate=NOW&name=First",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E2&number=L3&parentfeature=L1&startDate=2026-12-24&timeVolume=3&hidden=true&active=false",
    "GET /license?filter=licenseTemplateNumber%3DE2",
    "POST /license/L3 startDate=&timeVolumePeriod=DAY&active=true&licenseeNumber=acme&licenseTemplateNumber=E2&number=L3",
    "DELETE /license/L1",
    "DELETE /license/L1?forceCascade=TRUE",
    "GET /license",
    "POST /productmodule productNumber=P1&number=M2&name=Seats&licensingModel=Floating&maxCheckoutValidity=60",
    "POST /licensetemplate productModuleNumber=M2&number=E3&name=Seat&licenseType=FLOATING&maxSessions=1",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E3&number=L4",
    "POST /licensee/I1/validate productModuleNumber=M2&sessionId=s+1&action=checkOut",
    "GET /license/L4",
    "POST /license/L4 sessionId_s+1=",
    "POST /licensee/I1/validate productModuleNumber=M2&sessionId=s+2&action=checkOut&dryRun=true",
    "POST /productmodule productNumber=P1&number=M3&name=Nodes&licensingModel=NodeLocked",
    "POST /licensetemplate productModuleNumber=M3&number=E4&name=Node&licenseType=QUANTITY&quantity=2",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E4&number=L5&quota=3&nodeSecret0=abc&nodeSecret01=custom",
    "POST /license/L5 nodeSecret0=&nodeSecret2=def",
    "GET /license/L5",
];

/// `{number}` stands for the number of the first token that was made.
const TOKEN: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /token tokenType=APIKEY&apiKeyRole=ROLE_APIKEY_OPERATION&licenseeNumber=acme&expirationTime=Mon+Nov+23+10:00:00+UTC+2026&name=Till&privateKey=&number=mine&place=shop",
    "GET /token/{number}",
    "GET /token?filter=tokenType%3DAPIKEY%3Bname%3DTill",
    "DELETE /token/{number}",
    "GET /token/{number}",
    "DELETE /token/{number}",
    "POST /token tokenType=APIKEY&active=false",
];

/// `{number}` stands for the number of the latest token.
const TICKET: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE",
    "POST /licensetemplate productModuleNumber=M1&number=E2&name=Masks&licenseType=FEATURE",
    "POST /bundle number=B1&name=Both&licenseTemplateNumbers=E1,E2",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /token",
    "POST /token tokenType=SHOP&licenseeNumber=acme&successURL=https://shop.example/done&successURLTitle=Done&cancelURL=https://shop.example/&cancelURLTitle=Back&privateKey=leftover&apiKeyRole=ROLE_APIKEY_ADMIN&shopURL=x&colour=blue&name=Cart&productNumber=P1&predefinedShoppingItem=x&licenseTemplateNumber_1=E2&licenseTemplateNumber_0=E1&number=mine",
    "GET /token/{number}",
    "GET /token?filter=tokenType%3DSHOP%3BlicenseeNumber%3DI1",
    "POST /token tokenType=SHOP&productNumber=P1&predefinedShoppingItem=x&licenseTemplateNumber=E1",
    "DELETE /token/{number}",
    "GET /token/{number}",
    "POST /token tokenType=SHOP&licenseeNumber=I1&bundleNumber=B1&bundlePrice=9.00&expirationTime=2026-12-24&active=false",
    "POST /token tokenType=DEFAULT&type=ACTION&action=licenseeLogin&licenseeNumber=I1&cancelURL=https://shop.example/",
    "GET /token/{number}",
    "POST /token type=ACTION&action=licenseeLogin&licenseeNumber=acme",
    "GET /token?filter=action%3DlicenseeLogin%3Bpage%3D1%3Bitems%3D1",
];

/// `{T1}`, `{L1}` and so on stand for numbers that were drawn, in the order of their appearance.
const TRANSACTION: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Switches&licensingModel=MultiFeature",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Layers&licenseType=FEATURE&price=9&currency=EUR",
    "GET /transaction",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "GET /transaction",
    "POST /transaction number=B1&status=PENDING&source=SHOP&grandTotal=9&discount=1.005&currency=EUR&licenseeNumber=acme&paymentMethod=PAYPAL&datecreated=&dateclosed=&active=True&vat=19&countryId=DE&vendorNumber=V1&inUse=true&licenseTransactionJoin=x",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=A1&transactionNumber=B1&active=true",
    "GET /transaction/B1",
    "POST /licensee/I1/validate",
    "POST /license/A1 number=A2",
    "POST /transaction/B1 number=B2&grandTotal=10&countryId=",
    "GET /transaction/B1",
    "POST /transaction/B2 status=CLOSED",
    "GET /license/A2",
    "POST /licensee/I1/validate",
    "POST /license/A2 number=A3",
    "POST /transaction/B2 status=CLOSED&source=SHOP&number=B2&grandTotal=10.0&licenseeNumber=I1&paymentMethod=STRIPE&note=later",
    "POST /transaction/B2 status=PENDING",
    "POST /transaction number=B3&status=PENDING&source=SHOP&dateCreated=2026-01-01",
    "POST /license licenseeNumber=I1&licenseTemplateNumber=E1&number=A4&transactionNumber=B3",
    "POST /transaction/B3 status=CANCELLED&active=False",
    "GET /license/A4",
    "POST /license/A4 number=A5",
    "POST /license/A2 transactionNumber=B3",
    "POST /transaction status=CLOSED&source=SHOP&grandTotal=0&currency=USD&dateClosed=2026-01-02T03:04:05%2B01:00",
    "POST /transaction/{T2} dateclosed=2026-01-02T02:04:05Z&licenseeNumber=",
    "GET /transaction?filter=shopOnly%3Dtrue%3Bstatus%3DCLOSED",
    "GET /transaction?filter=source%3DAUTO_LICENSEE_CREATE",
    "DELETE /transaction/B3",
];

const BUNDLE: &[&str] = &[
    "POST /product number=P1&name=Painter",
    "POST /productmodule productNumber=P1&number=M1&name=Parts&licensingModel=Rental",
    "POST /licensetemplate productModuleNumber=M1&number=E1&name=Part&licenseType=FEATURE",
    "POST /licensetemplate productModuleNumber=M1&number=E2&name=Month&licenseType=TIMEVOLUME&timeVolume=1&timeVolumePeriod=MONTH&price=9&currency=EUR",
    "POST /licensetemplate productModuleNumber=M1&number=E3&name=Year&licenseType=TIMEVOLUME&timeVolume=1&timeVolumePeriod=YEAR",
    "POST /licensee productNumber=P1&number=I1&aliases=acme",
    "POST /bundle number=B1&name=Starter&description=All+of+it&price=19.5&currency=EUR&licenseTemplateNumbers=E1,+E3,E2,E1&colour=blue",
    "POST /bundle number=B2&name=Empty&active=false&price=&currency=",
    "GET /bundle?filter=active%3Dtrue%3Bcolour%3Dblue",
    "POST /bundle/B1/obtain licenseeNumber=acme",
    "GET /transaction?filter=source%3DOBTAIN_BUNDLE",
    "POST /bundle/B2/obtain licenseeNumber=I1",
    "POST /bundle/B1 licenseTemplatesNumbers=E2,E3&price=&description=&colour=",
    "POST /licensetemplate productModuleNumber=M1&number=E4&name=Week&licenseType=TIMEVOLUME&timeVolume=1&timeVolumePeriod=WEEK",
    "POST /bundle/B1 licenseTemplateNumber=E4,E2,E3&number=B3",
    "GET /bundle/B1",
    "POST /licensetemplate/E4 number=E5",
    "GET /bundle/B3",
    "DELETE /licensetemplate/E3?forceCascade=true",
    "GET /bundle/B3",
    "POST /transaction number=B9&status=PENDING&source=SHOP",
    "POST /bundle/B3/obtain licenseeNumber=I1&transactionNumber=B9",
    "GET /transaction/B9",
    "POST /bundle/B3 licenseTemplateNumbers=E3,E5",
    "POST /bundle/B3 licenseTemplateNumbers=",
    "POST /bundle/B3/obtain licenseeNumber=I1",
    "DELETE /bundle/B3?forceCascade=true",
    "DELETE /bundle/B3",
    "GET /bundle",
];

const NOTIFICATION: &[&str] = &[
    "GET /notification",
    "POST /notification number=N1&name=Sales&events=LICENSE_CREATED,LICENSEE_CREATED,LICENSE_CREATED&protocol=WEBHOOK&endpoint=https://hooks.example/in?a%3D1&payload=%7B%24%7D&team=sales",
    "GET /notification/N1",
    "POST /notification number=N2&name=Alerts&events=WARNING_LEVEL_CHANGED,+PAYMENT_TRANSACTION_PROCESSED&protocol=WEBHOOK&endpoint=http://hooks.example&active=false&webhookSecret=whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
    "GET /notification?filter=active%3Dfalse",
    "POST /notification/N1 name=&events=&protocol=&endpoint=&payload=&team=&active=False",
    "POST /notification/N1 number=N3&events=PAYMENT_TRANSACTION_PROCESSED&endpoint=https://hooks.example/other",
    "POST /notification/N3 webhookSecret=",
    "GET /notification/N1",
    "GET /notification/N3/delivery",
    "DELETE /notification/N3",
    "DELETE /notification/N3",
    "GET /notification",
];

const PAYMENT_METHOD: &[&str] = &[
    "GET /paymentmethod",
    "GET /paymentmethod/PAYPAL",
    "POST /paymentmethod/PAYPAL active=True&paypal.subject=shop%40example.com",
    "GET /paymentmethod?filter=active%3Dtrue",
    "POST /paymentmethod/PAYPAL number=PAYPAL&paypal.subject=",
    "POST /paymentmethod/PAYPAL number=STRIPE",
    "GET /paymentmethod/CASH",
    "POST /paymentmethod active=true",
    "DELETE /paymentmethod/PAYPAL",
];

/// Numbers and secrets that the server drew, told by names of their own.
#[derive(Default)]
struct Drawn(Vec<(String, String)>);

impl Drawn {
    /// Looks for what is new in an answer to a story that names the numbers of its own making.
    fn note(&mut self, answer: &Answer, story: &[&str]) {
        if answer.body.is_empty() {
            return;
        }
        for item in answer.items() {
            let joined = item.lists.iter().flat_map(|list| &list.properties);
            for property in item.properties.iter().chain(joined) {
                let value = property.value.to_string();
                let is_new = !self.0.iter().any(|(known, _)| *known == value)
                    && !story.iter().any(|request| request.contains(&value));
                let letter = &value[..value.len().min(1)];
                let is_number = value.len() == 9
                    && "LT".contains(letter)
                    && value
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
                if is_new && (is_number || value.starts_with("whsec_")) {
                    let kind = if is_number { letter } else { "secret" };
                    let count = self
                        .0
                        .iter()
                        .filter(|(_, name)| name.starts_with(&format!("{{{kind}")));
                    let name = format!("{{{kind}{}}}", 1 + count.count());
                    self.0.push((value, name));
                }
            }
        }
    }

    /// A request, with what the names stand for.
    fn told(&self, request: &str) -> String {
        let pairs = self.0.iter();
        pairs.fold(request.to_owned(), |text, (value, name)| {
            text.replace(name, value)
        })
    }

    /// An answer, with the names.
    fn hidden(&self, answer: &str) -> String {
        let pairs = self.0.iter();
        pairs.fold(answer.to_owned(), |text, (value, name)| {
            text.replace(value, name)
        })
    }
}

/// Runs a story on a fresh server and returns what was said.
async fn tell(story: &[&str], media: Media) -> String {
    let settings = Settings {
        public_url: "https://leasehold.example/".to_owned(),
        ..Settings::default()
    };
    let server = Server::start_with(settings).await;
    let key = server.admin("V1").await;
    let mut told = String::new();
    let mut made = String::new();
    let mut drawn = Drawn::default();
    for request in story {
        let (line, form) = split(request);
        let line = drawn.told(&line.replace("{number}", &made));
        let answer = server.ask(&key, media, &line, form).await;
        drawn.note(&answer, story);
        let mut body = drawn.hidden(&answer.body);
        if line == "POST /token" {
            // Drawn at random; the shape is checked here.
            let number = answer.numbers().remove(0);
            let version = uuid::Uuid::parse_str(&number).unwrap().get_version_num();
            assert_eq!((number.len(), version), (36, 4));
            made = number;
        }
        if !made.is_empty() {
            body = body.replace(&made, "{number}");
        }
        body = body.replace(key.number(), "{key}");
        told.push_str(&format!("> {request}\n{}", answer.status));
        if !answer.content_type.is_empty() {
            told.push_str(&format!(" {}\n{body}", answer.content_type));
        }
        told.push_str("\n\n");
    }
    server.verify().await;
    told
}

async fn check(story: &[&str], xml: ExpectFile, json: ExpectFile) {
    xml.assert_eq(&tell(story, Media::Xml).await);
    json.assert_eq(&tell(story, Media::Json).await);
}

#[tokio::test]
async fn the_life_of_a_product() {
    check(
        PRODUCT,
        expect_file!["lives/product.xml.txt"],
        expect_file!["lives/product.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_product_module() {
    check(
        PRODUCT_MODULE,
        expect_file!["lives/product_module.xml.txt"],
        expect_file!["lives/product_module.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_license_template() {
    check(
        LICENSE_TEMPLATE,
        expect_file!["lives/license_template.xml.txt"],
        expect_file!["lives/license_template.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_licensee() {
    check(
        LICENSEE,
        expect_file!["lives/licensee.xml.txt"],
        expect_file!["lives/licensee.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_license() {
    check(
        LICENSE,
        expect_file!["lives/license.xml.txt"],
        expect_file!["lives/license.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_an_api_key() {
    check(
        TOKEN,
        expect_file!["lives/token.xml.txt"],
        expect_file!["lives/token.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_ticket() {
    check(
        TICKET,
        expect_file!["lives/ticket.xml.txt"],
        expect_file!["lives/ticket.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_transaction() {
    check(
        TRANSACTION,
        expect_file!["lives/transaction.xml.txt"],
        expect_file!["lives/transaction.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_bundle() {
    check(
        BUNDLE,
        expect_file!["lives/bundle.xml.txt"],
        expect_file!["lives/bundle.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_notification() {
    check(
        NOTIFICATION,
        expect_file!["lives/notification.xml.txt"],
        expect_file!["lives/notification.json.txt"],
    )
    .await;
}

#[tokio::test]
async fn the_life_of_a_payment_method() {
    check(
        PAYMENT_METHOD,
        expect_file!["lives/payment_method.xml.txt"],
        expect_file!["lives/payment_method.json.txt"],
    )
    .await;
}

/// An empty parent is ignored where a license needs one, and cleared where it does not (RENT-6).
#[tokio::test]
async fn a_grace_license_may_let_go_of_its_feature() {
    let server = Server::start().await;
    let key = server.admin("V1").await;
    server.prepare(&key, &LICENSE[..7]).await;
    for (form, parent) in [
        ("parentfeature=", Some("L1")),
        ("parentFeature=&name=Second", Some("L1")),
        ("gracePeriod=true&parentFeature=", None),
        ("parentFeature=L1&gracePeriod=false", Some("L1")),
    ] {
        let answer = server.expect(&key, 200, "POST /license/L2", form).await;
        let [license] = &answer.items()[..] else {
            panic!("{}", answer.body);
        };
        assert_eq!(license.get("parentfeature"), parent, "{form}");
    }
}
