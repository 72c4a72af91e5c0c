//! Random histories of edits and decisions, compared with a model that is too simple to be wrong:
//! lists that are searched from end to end.

use std::collections::BTreeMap;
use std::time::Duration;

use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::licensee::Licensee;
use leasehold_model::number::*;
use leasehold_model::product::LicensingModel;
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::template::LicenseType;
use leasehold_store::{Options, Store, Write};
use proptest::prelude::*;
use proptest::sample::select;

use crate::build::*;
use crate::cluster;

/// One vendor's state in lists, oldest first.
#[derive(Debug, Clone, Default)]
struct Naive {
    products: Vec<ProductTree>,
    licensees: Vec<(ProductNumber, LicenseeAggregate)>,
    /// All licenses of the vendor.
    licenses: Vec<LicenseNumber>,
}

/// The change cannot be made.
struct Impossible;

impl Naive {
    /// All of it or none.
    fn write(&mut self, writes: &[Write]) -> Result<(), Impossible> {
        let mut next = self.clone();
        for write in writes {
            let Write::Model(change) = write else {
                continue;
            };
            next.change(change)?;
        }
        *self = next;
        Ok(())
    }

    fn decide(&mut self, licensee: &str, changes: &[LicenseeChange]) -> Result<(), Impossible> {
        let mut next = self.clone();
        let mut licensee = licensee;
        for change in changes {
            next.change_licensee(licensee, change)?;
            // A decision stays with its licensee, also behind a change of its number.
            if let LicenseeChange::Put(put) = change {
                licensee = put.number.as_str();
            }
        }
        *self = next;
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), Impossible> {
        match change {
            Change::PutProduct { former, product } => {
                let mut others = self.products.iter().map(|tree| &tree.product.number);
                let is_taken = others.any(|number| *number == product.number);
                match former {
                    None if is_taken => return Err(Impossible),
                    None => self.products.push(ProductTree {
                        product: product.clone(),
                        modules: Vec::new(),
                    }),
                    Some(former) if is_taken && *former != product.number => {
                        return Err(Impossible);
                    }
                    Some(former) => {
                        self.product(former)?.product = product.clone();
                        for (owner, _) in &mut self.licensees {
                            if owner == former {
                                *owner = product.number.clone();
                            }
                        }
                    }
                }
            }
            Change::RemoveProduct(number) => {
                self.product(number)?;
                if self.licensees.iter().any(|(product, _)| product == number) {
                    return Err(Impossible);
                }
                self.products.retain(|tree| tree.product.number != *number);
            }
            Change::PutTemplate {
                module,
                former,
                template,
            } => {
                let is_taken = self
                    .templates()
                    .any(|(_, number)| number == template.number);
                match former {
                    None if is_taken => return Err(Impossible),
                    None => self.module(module)?.templates.push(template.clone()),
                    Some(former) => {
                        if is_taken && *former != template.number {
                            return Err(Impossible);
                        }
                        let templates = &mut self.module(module)?.templates;
                        let place = templates.iter().position(|kept| kept.number == *former);
                        templates[place.ok_or(Impossible)?] = template.clone();
                        for (_, aggregate) in &mut self.licensees {
                            for license in &mut aggregate.licenses {
                                if license.template == *former {
                                    license.template = template.number.clone();
                                }
                            }
                        }
                    }
                }
            }
            Change::RemoveTemplate(number) => {
                let (module, _) = self
                    .templates()
                    .find(|(_, template)| template == number)
                    .ok_or(Impossible)?;
                let mut licenses = self.licensees.iter().flat_map(|(_, of)| &of.licenses);
                if licenses.any(|license| license.template == *number) {
                    return Err(Impossible);
                }
                let templates = &mut self.module(&module)?.templates;
                templates.retain(|template| template.number != *number);
            }
            Change::CreateLicensee { product, licensee } => {
                self.product(product)?;
                self.check_names(licensee, None)?;
                let aggregate = LicenseeAggregate {
                    licensee: licensee.clone(),
                    licenses: Vec::new(),
                };
                self.licensees.push((product.clone(), aggregate));
            }
            Change::Licensee { licensee, change } => {
                self.change_licensee(licensee.as_str(), change)?;
            }
            Change::RemoveLicensee(number) => {
                let at = self.find(number.as_str())?;
                let (_, gone) = self.licensees.remove(at);
                for license in gone.licenses {
                    self.licenses.retain(|number| *number != license.number);
                }
            }
            Change::PutModule { .. } | Change::RemoveModule(_) => return Err(Impossible),
        }
        Ok(())
    }

    fn change_licensee(
        &mut self,
        licensee: &str,
        change: &LicenseeChange,
    ) -> Result<(), Impossible> {
        let at = self.find(licensee)?;
        let has = |naive: &Self, number: &LicenseNumber| {
            let (_, aggregate) = &naive.licensees[at];
            aggregate.licenses.iter().any(|kept| kept.number == *number)
        };
        match change {
            LicenseeChange::Put(licensee) => self.check_names(licensee, Some(at))?,
            LicenseeChange::PutLicense { former, license } => {
                let mut templates = self.templates();
                if !templates.any(|(_, number)| number == license.template) {
                    return Err(Impossible);
                }
                drop(templates);
                let is_taken = self.licenses.contains(&license.number);
                match former {
                    None if is_taken => return Err(Impossible),
                    None => self.licenses.push(license.number.clone()),
                    Some(former) => {
                        if !has(self, former) || (is_taken && *former != license.number) {
                            return Err(Impossible);
                        }
                        for number in &mut self.licenses {
                            if number == former {
                                *number = license.number.clone();
                            }
                        }
                    }
                }
            }
            LicenseeChange::RemoveLicense(license) => {
                if !has(self, license) {
                    return Err(Impossible);
                }
                self.licenses.retain(|number| number != license);
            }
            LicenseeChange::HoldSession { license, .. }
            | LicenseeChange::DropSession { license, .. }
            | LicenseeChange::Use { license, .. }
            | LicenseeChange::BindNode { license, .. }
            | LicenseeChange::Start { license, .. } => {
                if !has(self, license) {
                    return Err(Impossible);
                }
            }
            LicenseeChange::StoreSecret(_) | LicenseeChange::Warn(_) => {}
        }
        self.licensees[at].1.apply(change);
        Ok(())
    }

    fn check_names(&self, licensee: &Licensee, own: Option<usize>) -> Result<(), Impossible> {
        let names = |licensee: &Licensee| {
            let mut names = licensee.aliases.clone();
            names.push(licensee.number.clone());
            names
        };
        let wanted = names(licensee);
        let is_repeated = wanted.iter().any(|name| {
            let same = wanted.iter().filter(|other| *other == name);
            same.count() > 1
        });
        let mut others = self.licensees.iter().enumerate();
        let is_taken = others.any(|(at, (_, aggregate))| {
            Some(at) != own
                && names(&aggregate.licensee)
                    .iter()
                    .any(|name| wanted.contains(name))
        });
        if is_repeated || is_taken {
            Err(Impossible)
        } else {
            Ok(())
        }
    }

    fn find(&self, name: &str) -> Result<usize, Impossible> {
        let mut licensees = self.licensees.iter();
        licensees
            .position(|(_, aggregate)| {
                let licensee = &aggregate.licensee;
                let mut aliases = licensee.aliases.iter();
                licensee.number.as_str() == name || aliases.any(|alias| alias.as_str() == name)
            })
            .ok_or(Impossible)
    }

    fn product(&mut self, number: &ProductNumber) -> Result<&mut ProductTree, Impossible> {
        let mut products = self.products.iter_mut();
        products
            .find(|tree| tree.product.number == *number)
            .ok_or(Impossible)
    }

    fn module(&mut self, number: &ProductModuleNumber) -> Result<&mut ModuleTree, Impossible> {
        let mut modules = self.products.iter_mut().flat_map(|tree| &mut tree.modules);
        modules
            .find(|tree| tree.module.number == *number)
            .ok_or(Impossible)
    }

    fn templates(&self) -> impl Iterator<Item = (ProductModuleNumber, LicenseTemplateNumber)> {
        let modules = self.products.iter().flat_map(|tree| &tree.modules);
        modules.flat_map(|tree| {
            let module = tree.module.number.clone();
            let templates = tree.templates.iter();
            templates.map(move |template| (module.clone(), template.number.clone()))
        })
    }

    /// As [`everything`] tells it.
    fn everything(&self) -> BTreeMap<String, String> {
        let licensees = self.licensees.iter();
        let licensees: Vec<_> = licensees
            .map(|(product, aggregate)| format!("{product}: {aggregate:?}"))
            .collect();
        let owner = |number: &LicenseNumber| {
            let mut licensees = self.licensees.iter();
            let owner = licensees.find(|(_, aggregate)| aggregate.license(number).is_some());
            owner.unwrap().1.licensee.number.clone()
        };
        let licenses = self.licenses.iter();
        let licenses: Vec<_> = licenses
            .map(|number| format!("{}: {number}", owner(number)))
            .collect();
        BTreeMap::from([
            ("products".into(), format!("{:?}", self.products)),
            ("licensees".into(), licensees.join("\n")),
            ("licenses".into(), licenses.join("\n")),
        ])
    }
}

#[derive(Debug, Clone)]
enum Deed {
    Edit(Vec<Write>),
    Decide(&'static str, Vec<LicenseeChange>),
    Reopen,
}

const LICENSEES: [&str; 5] = ["a", "b", "c", "d", "e"];
const LICENSES: [&str; 6] = ["1", "2", "3", "4", "5", "6"];
const TEMPLATES: [&str; 3] = ["T", "Q", "R"];
const PRODUCTS: [&str; 3] = ["P", "P1", "P2"];

fn some_licensee() -> impl Strategy<Value = Licensee> {
    let aliases = prop::collection::vec(select(&LICENSEES), 0..2);
    (select(&LICENSEES), aliases, any::<bool>()).prop_map(|(number, aliases, active)| {
        let mut some = licensee(number);
        some.active = active;
        let aliases = aliases.into_iter();
        some.aliases = aliases
            .map(|alias| LicenseeNumber::parse(alias).unwrap())
            .collect();
        some
    })
}

fn some_licensee_change() -> impl Strategy<Value = LicenseeChange> {
    let number = || select(&LICENSES).prop_map(license_number);
    let session = || select(vec!["s", "t", "u"]);
    prop_oneof![
        1 => some_licensee().prop_map(LicenseeChange::Put),
        6 => (
            prop::option::weighted(0.3, number()),
            select(&LICENSES),
            select(&TEMPLATES),
            select(vec!["", "5", "-3", "many"]),
            prop::option::of(session()),
        )
            .prop_map(|(former, new, template, used, session)| {
                let mut license = license(new, template, &[("maxSessions", "3")]);
                license.set("usedQuantity", used);
                if let Some(session) = session {
                    license.set(&format!("sessionId_{session}"), "2030-01-01");
                }
                LicenseeChange::PutLicense { former, license }
            }),
        2 => number().prop_map(LicenseeChange::RemoveLicense),
        4 => (number(), session(), 1_i64..100).prop_map(|(license, session, seconds)| {
            let until = after(seconds);
            LicenseeChange::HoldSession { license, session: session.into(), until }
        }),
        2 => (number(), session()).prop_map(|(license, session)| {
            LicenseeChange::DropSession { license, session: session.into() }
        }),
        4 => (number(), 1_i64..9).prop_map(|(license, amount)| {
            LicenseeChange::Use { license, amount }
        }),
        1 => (number(), 0_u32..3).prop_map(|(license, slot)| {
            LicenseeChange::BindNode { license, slot, secret: "n".into() }
        }),
        1 => number().prop_map(|license| LicenseeChange::Start { license, at: NOW }),
    ]
}

fn some_write() -> impl Strategy<Value = Write> {
    let number = |number: &str| LicenseeNumber::parse(number).unwrap();
    let product_number = |number: &str| ProductNumber::parse(number).unwrap();
    let template_number = |number: &str| LicenseTemplateNumber::parse(number).unwrap();
    let of_template =
        move |(module, former, new): (&str, Option<&str>, &str)| Change::PutTemplate {
            module: ProductModuleNumber::parse(module).unwrap(),
            former: former.map(template_number),
            template: template(new, LicenseType::Floating),
        };
    let change = prop_oneof![
        1 => (prop::option::of(select(&PRODUCTS)), select(&PRODUCTS)).prop_map(
            move |(former, new)| Change::PutProduct {
                former: former.map(product_number),
                product: product(new),
            }
        ),
        1 => select(&PRODUCTS).prop_map(move |gone| Change::RemoveProduct(product_number(gone))),
        1 => (
            select(vec!["M", "U"]),
            prop::option::of(select(&TEMPLATES)),
            select(&TEMPLATES),
        )
            .prop_map(of_template),
        1 => select(&TEMPLATES).prop_map(move |gone| {
            Change::RemoveTemplate(template_number(gone))
        }),
        6 => (select(&PRODUCTS), some_licensee()).prop_map(move |(product, licensee)| {
            Change::CreateLicensee { product: product_number(product), licensee }
        }),
        2 => select(&LICENSEES).prop_map(move |gone| Change::RemoveLicensee(number(gone))),
        12 => (select(&LICENSEES), some_licensee_change()).prop_map(move |(licensee, change)| {
            Change::Licensee { licensee: number(licensee), change }
        }),
    ];
    change.prop_map(Write::Model)
}

fn some_deed() -> impl Strategy<Value = Deed> {
    let decision = (
        select(&LICENSEES),
        prop::collection::vec(some_licensee_change(), 1..4),
    );
    prop_oneof![
        6 => prop::collection::vec(some_write(), 1..4).prop_map(Deed::Edit),
        6 => decision.prop_map(|(licensee, changes)| Deed::Decide(licensee, changes)),
        1 => Just(Deed::Reopen),
    ]
}

/// A start that most changes can build on.
fn beginning() -> Vec<Write> {
    let mut writes = catalogue();
    for number in ["a", "b"] {
        writes.extend(customer(number, 3));
    }
    writes
}

/// Where a history takes place.
enum Home {
    /// In one data directory.
    Directory {
        cache_bytes: usize,
        reopen_always: bool,
    },
    /// On nodes that share a database, by turns.
    Nodes(cluster::Database),
}

/// Stores of one home, each with its data directory.
struct Stores {
    options: Vec<(tempfile::TempDir, Options)>,
    open: Vec<Store>,
}

impl Stores {
    fn open(home: &Home) -> Self {
        let options = match home {
            Home::Directory { cache_bytes, .. } => vec![Options {
                cache_bytes: *cache_bytes,
                ..Options::default()
            }],
            Home::Nodes(database) => [0, 1 << 30]
                .map(|cache_bytes| Options {
                    cache_bytes,
                    database: Some(database.url.clone()),
                    staleness: Duration::ZERO,
                    ..Options::default()
                })
                .into(),
        };
        let place = |options| (tempfile::tempdir().unwrap(), options);
        let mut stores = Self {
            options: options.into_iter().map(place).collect(),
            open: Vec::new(),
        };
        stores.reopen();
        stores
    }

    fn reopen(&mut self) {
        self.open.clear();
        let open = |(directory, options): &(tempfile::TempDir, Options)| {
            Store::open(directory.path(), options.clone()).unwrap()
        };
        self.open = self.options.iter().map(open).collect();
    }
}

async fn live_through(deeds: &[Deed], home: Home) {
    let mut stores = Stores::open(&home);
    let first = &stores.open[0];
    let added = first.put_account(account("V"), origin("vendor.add"), NOW);
    added.await.unwrap();
    write(first, "V", beginning()).await.unwrap();
    // The catalogue's modules are made once; everything else the simple model can do itself.
    let mut naive = Naive::default();
    naive.products.push(ProductTree {
        product: product("P"),
        modules: vec![
            ModuleTree {
                module: module("M", LicensingModel::Floating),
                templates: vec![template("T", LicenseType::Floating)],
            },
            ModuleTree {
                module: module("U", LicensingModel::PayPerUse),
                templates: vec![template("Q", LicenseType::Quantity)],
            },
        ],
    });
    for number in ["a", "b"] {
        assert!(naive.write(&customer(number, 3)).is_ok());
    }
    for (nth, deed) in deeds.iter().enumerate() {
        let store = &stores.open[nth % stores.open.len()];
        match deed {
            Deed::Edit(writes) => {
                let stored = write(store, "V", writes.clone()).await;
                let expected = naive.write(writes);
                assert_eq!(stored.is_ok(), expected.is_ok(), "{stored:?}");
            }
            Deed::Decide(licensee, changes) => {
                let stored = apply(store, licensee, changes.clone()).await;
                let expected = naive.decide(licensee, changes);
                assert_eq!(stored.is_ok(), expected.is_ok(), "{stored:?}");
            }
            Deed::Reopen => {}
        }
        let reopen_always = matches!(
            home,
            Home::Directory {
                reopen_always: true,
                ..
            }
        );
        if reopen_always || matches!(deed, Deed::Reopen) {
            stores.reopen();
        }
        for store in &stores.open {
            compare(store, &naive).await;
        }
    }
    for store in &stores.open {
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    }
}

async fn compare(store: &Store, naive: &Naive) {
    let stored = everything(store, "V").await;
    for (part, expected) in naive.everything() {
        assert_eq!(stored[&part], expected, "{part}");
    }
    for name in LICENSEES {
        let expected = naive.find(name).map(|at| naive.licensees[at].1.clone());
        assert_eq!(aggregate(store, name).await, expected.ok(), "{name}");
    }
}

fn run(deeds: &[Deed], home: Home) {
    runtime().block_on(live_through(deeds, home));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_history_is_remembered(
        deeds in prop::collection::vec(some_deed(), 1..40),
        cache_bytes in select(vec![0, 4_000, 1 << 30]),
    ) {
        run(&deeds, Home::Directory { cache_bytes, reopen_always: false });
    }

    #[test]
    fn every_step_survives_a_restart(deeds in prop::collection::vec(some_deed(), 1..12)) {
        run(&deeds, Home::Directory { cache_bytes: 1 << 30, reopen_always: true });
    }

    #[test]
    fn nodes_remember_the_same_history(deeds in prop::collection::vec(some_deed(), 1..30)) {
        if let Some(database) = runtime().block_on(cluster::database()) {
            run(&deeds, Home::Nodes(database));
        }
    }
}
