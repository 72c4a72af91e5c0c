//! The validate endpoint over a real store.

use jiff::Timestamp;
use leasehold_model::change::Change;
use leasehold_model::licensee::Licensee;
use leasehold_model::number::{
    LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber, ProductNumber, VendorNumber,
};
use leasehold_model::product::{LicensingModel, Product, ProductModule};
use leasehold_model::property::Properties;
use leasehold_model::role::ApiKeyRole;
use leasehold_model::template::{LicenseTemplate, LicenseType};
use leasehold_model::vendor::{TtlMinutes, Vendor};
use leasehold_service::rest::call::{Access, Call, Principal, Reply};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::validate::{Asked, validate};
use leasehold_service::validate::AutoCreate;
use leasehold_store::{Account, Edit, Options, Origin, Store, Write};
use leasehold_wire::context::Context;
use leasehold_wire::form::Form;
use tempfile::TempDir;

struct Vendors {
    store: Store,
    _folder: TempDir,
}

fn vendor() -> VendorNumber {
    VendorNumber::parse("V1").unwrap()
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn origin() -> Origin {
    Origin {
        actor: "test".into(),
        action: "test",
    }
}

fn licensee(number: &str, aliases: &[&str]) -> Change {
    let parse = |text: &str| LicenseeNumber::parse(text).unwrap();
    Change::CreateLicensee {
        product: ProductNumber::parse("P1").unwrap(),
        licensee: Licensee {
            number: parse(number),
            active: true,
            name: None,
            secret: None,
            marked_for_transfer: None,
            aliases: aliases.iter().copied().map(parse).collect(),
            warning_levels: None,
            custom: Properties::new(),
        },
    }
}

/// P1, which creates licensees and gives each a feature and a day's trial; I1, alias A1, and I2.
fn catalogue() -> Vec<Change> {
    let product = ProductNumber::parse("P1").unwrap();
    let mut changes = vec![Change::PutProduct {
        former: None,
        product: Product {
            number: product.clone(),
            active: true,
            name: "P1".into(),
            version: "".into(),
            description: None,
            licensing_info: None,
            licensee_auto_create: true,
            licensee_secret_mode: None,
            vat_mode: None,
            discounts: Vec::new(),
            custom: Properties::new(),
        },
    }];
    for (module, licensing_model, license_type) in [
        ("MF", LicensingModel::MultiFeature, LicenseType::Feature),
        ("MT", LicensingModel::TryAndBuy, LicenseType::TimeVolume),
    ] {
        let number = ProductModuleNumber::parse(module).unwrap();
        let mut properties = Properties::new();
        if license_type == LicenseType::TimeVolume {
            properties.set("timeVolume", "1");
        }
        changes.push(Change::PutModule {
            product: product.clone(),
            former: None,
            module: ProductModule {
                number: number.clone(),
                active: true,
                name: module.into(),
                licensing_model,
                properties: Properties::new(),
            },
        });
        changes.push(Change::PutTemplate {
            module: number,
            former: None,
            template: LicenseTemplate {
                number: LicenseTemplateNumber::parse(&format!("E{module}")).unwrap(),
                active: true,
                name: module.into(),
                license_type,
                price: None,
                automatic: true,
                hidden: false,
                hide_licenses: false,
                properties,
            },
        });
    }
    changes.push(licensee("I1", &["A1"]));
    changes.push(licensee("I2", &[]));
    changes
}

impl Vendors {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let account = Account {
            vendor: Vendor {
                number: vendor(),
                login: "acme".into(),
                ttl: TtlMinutes::DEFAULT,
                plan: leasehold_model::plan::Plan::default(),
            },
            password: None,
            revision: 1,
        };
        store.put_account(account, origin(), now()).await.unwrap();
        let writes: Vec<_> = catalogue().into_iter().map(Write::Model).collect();
        store
            .edit(&vendor(), origin(), now(), move |_| {
                Ok::<_, Problem>(Edit {
                    outcome: (),
                    writes: writes.clone(),
                })
            })
            .await
            .unwrap()
            .unwrap();
        Self {
            store,
            _folder: folder,
        }
    }

    async fn ask(
        &self,
        asked: Asked,
        auto_create: AutoCreate,
        access: Access,
        licensee: &str,
        form: &str,
    ) -> Result<Context, Problem> {
        let call = Call {
            key: None,
            principal: Principal {
                response_key: None,
                vendor: vendor(),
                access,
                actor: "acme".into(),
            },
            captures: vec![licensee.to_owned()],
            form: Form::parse("", form.as_bytes()).unwrap(),
            now: now(),
        };
        match validate(&self.store, auto_create, asked, None, call).await? {
            Reply::Context(context) => Ok(context),
            Reply::Validation(validation) => Ok(Context::of(&validation)),
            Reply::Document(..) | Reply::NoContent => panic!("validating answers with a body"),
        }
    }

    async fn post(&self, licensee: &str, form: &str) -> Result<Context, Problem> {
        let auto_create = AutoCreate::AsProductSays;
        self.ask(Asked::Post, auto_create, Access::Login, licensee, form)
            .await
    }

    /// The licensee's custom properties by name, and how many licenses it has.
    async fn find(&self, number: &'static str) -> Option<(Vec<String>, usize)> {
        self.store
            .read(&vendor(), move |view| {
                view.licensee(number, |_, found| {
                    let custom = found.licensee.custom.iter();
                    (
                        custom.map(|(name, _)| name.to_owned()).collect(),
                        found.licenses.len(),
                    )
                })
            })
            .await
            .unwrap()
    }
}

fn status(answer: Result<Context, Problem>) -> u16 {
    match answer {
        Ok(_) => 200,
        Err(problem) => problem.told().status.as_u16(),
    }
}

fn scoped(licensee: &str) -> Access {
    Access::ApiKey {
        role: ApiKeyRole::Admin,
        licensee: Some(LicenseeNumber::parse(licensee).unwrap()),
    }
}

#[tokio::test]
async fn an_unknown_licensee_is_created_whole_where_its_product_says_so() {
    let vendors = Vendors::new().await;
    assert_eq!(status(vendors.post("I9", "").await), 404);
    assert_eq!(status(vendors.post("I9", "productNumber=P9").await), 404);
    assert_eq!(
        status(vendors.post("I9", "productNumber=P1&dryRun=true").await),
        200
    );
    assert_eq!(vendors.find("I9").await, None);

    let form = "productNumber=P1&city=Oslo&vendorNumber=V1";
    let answer = vendors.post("I9", form).await.unwrap();
    assert_eq!(answer.items.unwrap().items.len(), 2);
    let created = vendors.find("I9").await.unwrap();
    assert_eq!(created, (vec!["city".to_owned()], 2));
    // It is there now, so that nothing is created again.
    assert_eq!(status(vendors.post("I9", form).await), 200);
    assert_eq!(vendors.find("I9").await, Some(created));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_at_one_time_create_one_licensee() {
    let vendors = std::sync::Arc::new(Vendors::new().await);
    let callers = (0..16).map(|_| {
        let vendors = std::sync::Arc::clone(&vendors);
        tokio::spawn(async move { status(vendors.post("I9", "productNumber=P1").await) })
    });
    for caller in callers.collect::<Vec<_>>() {
        assert_eq!(caller.await.unwrap(), 200);
    }
    assert_eq!(vendors.find("I9").await, Some((Vec::new(), 2)));
    assert_eq!(vendors.store.verify().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn an_agent_creates_nobody() {
    let vendors = Vendors::new().await;
    for form in ["", "productNumber=P1"] {
        let never = AutoCreate::Never;
        let answer = vendors.ask(Asked::Post, never, Access::Open, "I9", form);
        assert_eq!(status(answer.await), 404);
    }
    assert_eq!(vendors.find("I9").await, None);
}

#[tokio::test]
async fn a_key_for_one_licensee_asks_about_no_other() {
    let vendors = Vendors::new().await;
    for (scope, licensee, expected) in [
        ("I1", "I1", 200),
        ("I1", "A1", 200),
        ("I1", "I2", 403),
        ("I1", "I9", 403),
        ("A1", "I1", 403),
        ("I9", "I9", 200),
    ] {
        let product = AutoCreate::AsProductSays;
        let form = "productNumber=P1";
        let answer = vendors.ask(Asked::Post, product, scoped(scope), licensee, form);
        assert_eq!(status(answer.await), expected, "{scope} {licensee}");
    }
}

#[tokio::test]
async fn asking_by_get_is_deprecated_and_never_dry() {
    let vendors = Vendors::new().await;
    let product = AutoCreate::AsProductSays;
    let form = "dryRun=true&forOfflineUse=true";
    let answer = vendors.ask(Asked::Get, product, Access::Login, "I1", form);
    let answer = answer.await.unwrap();
    let info = answer.infos.last().unwrap();
    assert_eq!(info.id, "methodIsDeprecated");
    assert_eq!(
        info.text,
        "'GET' method for licensee validate is deprecated, use 'POST' instead"
    );
    let kinds: Vec<_> = answer.items.unwrap().items;
    assert!(
        kinds
            .iter()
            .all(|item| item.kind == "ProductModuleValidation")
    );
    // The trial has begun, which a dry run would not have done.
    assert_eq!(vendors.find("I1").await.unwrap().1, 1);
    // What is ignored is not judged either.
    let form = "dryRun=perhaps&forOfflineUse=1";
    let answer = vendors.ask(Asked::Get, product, Access::Login, "I1", form);
    assert_eq!(status(answer.await), 200);
    let answer = vendors.ask(Asked::Post, product, Access::Login, "I1", form);
    assert_eq!(status(answer.await), 400);
}

#[tokio::test]
async fn what_cannot_be_a_licensee_or_belongs_elsewhere_is_malformed() {
    let vendors = Vendors::new().await;
    let too_long = "x".repeat(1001);
    for (licensee, form) in [
        (&*too_long, ""),
        (" I1", ""),
        ("I1", "productNumber=P9"),
        ("I1", "dryRun=perhaps"),
        ("I1", "productModuleNumber0=MF&productModuleNumber1=MF"),
    ] {
        assert_eq!(status(vendors.post(licensee, form).await), 400, "{form}");
    }
}
