//! Whole documents, as they leave. Refreshed by `UPDATE_EXPECT=1 cargo test`.

pub(crate) mod sample;

use expect_test::expect_file;
use leasehold_model::licensee::{WarningLevel, WarningLevels};
use leasehold_model::number::ProductModuleNumber;
use leasehold_model::validate::{ModuleValidation, Notice, Validation, Verdict};
use leasehold_wire::context::{Context, Item, Items, Page};
use leasehold_wire::info::Info;
use leasehold_wire::media::Media;
use leasehold_wire::{entity, validation};

/// Compares both forms of `context` with the files of that name.
fn check(name: &str, context: &Context) {
    for (media, extension) in [(Media::Xml, "xml"), (Media::Json, "json")] {
        let written = String::from_utf8(media.write(context)).unwrap();
        expect_file![format!("snapshots/{name}.{extension}")].assert_eq(&written);
    }
}

fn one(item: Item) -> Context {
    Context {
        items: Some(Items {
            items: vec![item],
            page: None,
        }),
        ..Context::default()
    }
}

#[test]
fn entities() {
    let assets = sample::assets();
    let product = &assets.product.product;
    let tree = &assets.product.modules[0];
    let aggregate = &assets.licensees[0];
    let number = &aggregate.licensee.number;
    let key = &assets.api_keys[0].key;

    check("product", &one(entity::product(product, true)));
    check(
        "product_module",
        &one(entity::product_module(&tree.module, &product.number, true)),
    );
    let template = entity::license_template(&tree.templates[0], &tree.module, true);
    check("license_template", &one(template));
    check(
        "licensee",
        &one(entity::licensee(&aggregate.licensee, &product.number, true)),
    );
    let license = entity::license(&aggregate.licenses[0], number, &tree.module.number);
    check("license", &one(license));
    let token = sample::token();
    check(
        "token",
        &one(entity::api_key(&token, key, &assets.vendor.number)),
    );
}

#[test]
fn the_least_of_entities() {
    let assets = sample::assets();
    let product = &assets.product.product.number;
    let aggregate = &assets.licensees[1];
    let module = &assets.product.modules[1];
    let items = vec![
        entity::product(&sample::least_product(), false),
        entity::licensee(&aggregate.licensee, product, false),
        entity::license(
            &aggregate.licenses[0],
            &aggregate.licensee.number,
            &module.module.number,
        ),
    ];
    let page = Page {
        number: 0,
        items: 3,
        total_pages: 2,
        total_items: 1003,
        has_next: true,
    };
    let context = Context {
        infos: vec![Info::warning(
            "filterIgnored",
            "Filter key 'colour' is not known",
        )],
        items: Some(Items {
            items,
            page: Some(page),
        }),
        ttl: None,
    };
    check("least", &context);
}

#[test]
fn empty_list() {
    let items = Items {
        items: Vec::new(),
        page: Some(Page {
            number: 0,
            items: 0,
            total_pages: 0,
            total_items: 0,
            has_next: false,
        }),
    };
    check(
        "empty_list",
        &Context {
            items: Some(items),
            ..Context::default()
        },
    );
}

#[test]
fn failure() {
    let context = Context {
        infos: vec![Info::error(
            "NotFoundException",
            "Requested product does not exist",
        )],
        ..Context::default()
    };
    check("failure", &context);
}

#[test]
fn validations() {
    for (name, verdicts) in sample::verdicts() {
        let modules = verdicts.into_iter().enumerate();
        let validation = Validation {
            ttl: Some(sample::instant()),
            notices: Vec::new(),
            licensee: None,
            modules: modules.map(|(at, verdict)| module(at, verdict)).collect(),
        };
        check(
            &format!("validate_{name}"),
            &validation::context(&validation),
        );
    }
}

fn module(at: usize, verdict: Verdict) -> ModuleValidation {
    let levels = [WarningLevel::Green, WarningLevel::Yellow, WarningLevel::Red];
    ModuleValidation {
        number: ProductModuleNumber::parse(&format!("M{at}")).unwrap(),
        name: "Module \"one\" & <only>".into(),
        warning_level: levels[at % 3],
        verdict,
    }
}

#[test]
fn notices_and_the_licensee_of_an_offline_validation() {
    let number = || ProductModuleNumber::parse("M0").unwrap();
    let validation = Validation {
        ttl: None,
        notices: vec![
            Notice::LicenseeInactive,
            Notice::LicenseeSecretMismatch,
            Notice::MalformedParameter(number()),
            Notice::MissingParameter(number()),
            Notice::ModuleMisconfigured(number()),
            Notice::UsedQuantityExceedsRemaining(number()),
        ],
        licensee: Some(sample::offline_licensee()),
        modules: vec![module(0, Verdict::NodeLocked { valid: false })],
    };
    check("validate_notices", &validation::context(&validation));
}

#[test]
fn a_product_without_modules_has_an_empty_answer() {
    let validation = Validation {
        ttl: Some(sample::instant()),
        notices: Vec::new(),
        licensee: None,
        modules: Vec::new(),
    };
    check("validate_nothing", &validation::context(&validation));
}

#[test]
fn warning_levels_are_summed_up_from_red_to_green() {
    let number = |text| ProductModuleNumber::parse(text).unwrap();
    let levels = WarningLevels(vec![
        (number("A"), WarningLevel::Green),
        (number("B\"\\"), WarningLevel::Red),
        (number("C"), WarningLevel::Green),
    ]);
    assert_eq!(
        entity::warning_level_summary(&levels),
        r#"{"RED":["B\"\\"],"YELLOW":[],"GREEN":["A","C"]}"#
    );
}
