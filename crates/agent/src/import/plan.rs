//! What an import changes, judged against what the store holds: the first package of a product is taken
//! as it is, a later one is merged into what has happened since (licensing models, section 13).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use jiff::Timestamp;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::merge::{Direction, Sides, merge};
use leasehold_model::number::{LicenseeNumber, ProductNumber};
use leasehold_model::snapshot::{LicenseeAggregate, ModuleTree, ProductTree};
use leasehold_model::token::Token;
use leasehold_model::trusted_time::{ClockState, Mark};
use leasehold_seal::deflate::{deflate, inflate};
use leasehold_store::{Document, ImportRecord, SealedPackageKey, StoredToken, VendorView, Write};
use leasehold_wire::assets::{self, ApiKeyDigest, Assets};

use super::judge::Taken;
use crate::error::AgentError;
use crate::guard;
use crate::report;
use crate::term;

/// What becomes of packages, in one edit.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) writes: Vec<Write>,
    /// One line per package.
    pub(super) lines: Vec<String>,
    /// What a user should know.
    pub(super) warnings: Vec<String>,
}

/// The writes of one package, by when it is their turn: a number must be free before it is taken, and a
/// template be there before its licenses, and after them.
#[derive(Debug, Default)]
struct Turns {
    removals: Vec<Change>,
    catalogue: Vec<Change>,
    licensees: Vec<Change>,
    leftovers: Vec<Change>,
    conflicts: Vec<String>,
}

impl Plan {
    /// Judges the packages against the store of their vendor. Fails, with nothing to write, on an older
    /// generation, and on conflicts unless they are to be settled by the rules of the merge. The packages'
    /// licensees become part of the plan.
    pub(super) fn of(
        view: &VendorView<'_>,
        taken: &mut [Taken],
        force: bool,
        now: Timestamp,
        clock: Option<ClockState>,
    ) -> Result<Self, AgentError> {
        let mut plan = Self::default();
        if let (None, Some(first)) = (view.package_key(), taken.first()) {
            plan.writes.push(Write::PutPackageKey(SealedPackageKey {
                public: first.signer.0,
                private: None,
            }));
        }
        let mut conflicts = Vec::new();
        for package in &mut *taken {
            conflicts.append(&mut plan.add(view, package, now)?);
        }
        let made_at = taken.iter().map(|package| package.assets.made_at).max();
        if let Some(made_at) = made_at {
            let before = guard::mark(view)?;
            let clock = clock.unwrap_or_else(|| guard::clock_at(before, now));
            let mark = Mark::anchored(before, made_at, clock);
            plan.writes.push(guard::keep(mark));
        }
        if force || conflicts.is_empty() {
            return Ok(plan);
        }
        Err(AgentError::Conflict(format!(
            "{}. Use --force to take it in all the same: of two starts the earlier one stays, wherever it \
             is, and in all else the package decides.",
            conflicts.join("; ")
        )))
    }

    /// Adds a package. Returns its conflicts.
    fn add(
        &mut self,
        view: &VendorView<'_>,
        package: &mut Taken,
        now: Timestamp,
    ) -> Result<Vec<String>, AgentError> {
        let product = &package.assets.product.product.number.clone();
        let base = base(view, product)?;
        if let Some(base) = &base {
            refuse_older(package, base)?;
        }
        let document = deflate(&assets::write_without_private_keys(&package.assets));
        let anew = report::begin_anew(view, &package.assets)?;
        let theirs = std::mem::take(&mut package.assets.licensees);
        let assets = &package.assets;
        let reported = report::named(view, assets)?;
        let mut turns = Turns::default();
        let before = view.product(product.as_str());
        turns.catalogue(before.map(|tree| &**tree), &assets.product);
        let known = reported.as_ref().or(base.as_ref());
        turns.licensees(view, known, &assets.product, theirs);
        let Turns {
            removals,
            catalogue,
            licensees,
            leftovers,
            conflicts,
        } = turns;
        self.warnings
            .extend(removals.iter().filter_map(|change| match change {
            Change::RemoveLicensee(licensee) => Some(format!(
                "Licensee '{licensee}' is not in the package of product '{product}', and is gone."
            )),
            _ => None,
        }));
        let mut changes = removals;
        for later in [catalogue, licensees, leftovers] {
            changes.extend(later);
        }
        let outcome = match (before, changes.is_empty()) {
            (None, _) => "imported",
            (Some(_), false) => "merged",
            (Some(_), true) => "nothing has changed",
        };
        self.lines.push(package.line(outcome));
        self.warnings.extend(package.warning());
        self.writes.extend(anew);
        self.writes.extend(changes.into_iter().map(Write::Model));
        self.writes.extend(keys(view, base.as_ref(), assets));
        self.writes.push(term::keep(assets));
        self.writes.push(Write::PutImport(ImportRecord {
            package: assets.package.id.as_str().into(),
            vendor: assets.vendor.number.clone(),
            product: product.clone(),
            generation: assets.package.generation,
            digest: package.digest,
            imported_at: now,
        }));
        self.writes.push(Write::PutDocument(Document {
            name: base_name(product),
            content: document,
        }));
        Ok(conflicts)
    }
}

/// The name of the document that holds what was taken in last of a product.
fn base_name(product: &ProductNumber) -> Box<str> {
    format!("base {product}").into()
}

/// What was taken in last of a product.
pub(crate) fn base(
    view: &VendorView<'_>,
    product: &ProductNumber,
) -> Result<Option<Assets>, AgentError> {
    let kept = view.document(&base_name(product));
    let read = kept.map(|document| {
        // The first agents kept it as it is.
        let inflated = inflate(&document);
        assets::read(inflated.as_deref().unwrap_or(&document))
    });
    read.transpose().map_err(|error| {
        let error: Box<dyn Error + Send + Sync> = Box::new(error);
        AgentError::internal(
            format!("read what was imported of product '{product}'"),
            error,
        )
    })
}

/// AG-27: an older package would give back what was used since. Generations are counted for each kind
/// of recipient; beyond that, the time tells.
fn refuse_older(package: &Taken, base: &Assets) -> Result<(), AgentError> {
    let (new, old) = (&package.assets, base);
    let is_newer = match new.package.recipient == old.package.recipient {
        true => new.package.generation > old.package.generation,
        false => new.made_at > old.made_at,
    };
    if is_newer {
        return Ok(());
    }
    Err(AgentError::Conflict(format!(
        "File '{}' holds generation {} of product '{}', and generation {} is in the database. \
         Export anew.",
        package.name, new.package.generation, new.product.product.number, old.package.generation,
    )))
}

impl Turns {
    /// From the product as it is to the product of the package (MG-6).
    fn catalogue(&mut self, before: Option<&ProductTree>, after: &ProductTree) {
        let product = &after.product.number;
        if before.is_none_or(|before| before.product != after.product) {
            self.catalogue.push(Change::PutProduct {
                former: before.map(|before| before.product.number.clone()),
                product: after.product.clone(),
            });
        }
        for branch in &after.modules {
            let module = &branch.module;
            let known = before.and_then(|before| before.module(&module.number));
            if known.is_none_or(|known| known.module != *module) {
                self.catalogue.push(Change::PutModule {
                    product: product.clone(),
                    former: known.map(|known| known.module.number.clone()),
                    module: module.clone(),
                });
            }
            self.templates(known, branch);
        }
        let gone = before.into_iter().flat_map(|before| &before.modules);
        for branch in gone.filter(|branch| after.module(&branch.module.number).is_none()) {
            let templates = branch.templates.iter();
            let removed = templates.map(|template| Change::RemoveTemplate(template.number.clone()));
            self.leftovers.extend(removed);
            let module = branch.module.number.clone();
            self.leftovers.push(Change::RemoveModule(module));
        }
    }

    fn templates(&mut self, before: Option<&ModuleTree>, after: &ModuleTree) {
        for template in &after.templates {
            let known = before.and_then(|before| before.template(&template.number));
            if known.is_none_or(|known| known != template) {
                self.catalogue.push(Change::PutTemplate {
                    module: after.module.number.clone(),
                    former: known.map(|known| known.number.clone()),
                    template: template.clone(),
                });
            }
        }
        let gone = before.into_iter().flat_map(|before| &before.templates);
        let gone = gone.filter(|template| after.template(&template.number).is_none());
        self.leftovers
            .extend(gone.map(|template| Change::RemoveTemplate(template.number.clone())));
    }

    fn licensees(
        &mut self,
        view: &VendorView<'_>,
        base: Option<&Assets>,
        tree: &ProductTree,
        theirs: Vec<LicenseeAggregate>,
    ) {
        let product = &tree.product.number;
        let mut ours: BTreeSet<LicenseeNumber> = BTreeSet::new();
        view.each_licensee(|tree, aggregate| {
            if tree.product.number == *product {
                ours.insert(aggregate.licensee.number.clone());
            }
        });
        let known = base.map_or(&[][..], |base| &base.licensees);
        let known: BTreeMap<_, _> = known
            .iter()
            .map(|known| (&known.licensee.number, known))
            .collect();
        let has_met = theirs.is_empty() || ours.is_empty();
        let is_shared = |theirs: &LicenseeAggregate| ours.contains(&theirs.licensee.number);
        if !has_met && !theirs.iter().any(is_shared) {
            self.conflicts.push(format!(
                "the package of product '{product}' has none of the {} licensees that are here",
                ours.len()
            ));
        }
        for theirs in theirs {
            let number = &theirs.licensee.number;
            let here = ours.take(number);
            let merged = here.and_then(|number| {
                let known = known.get(&number).copied();
                view.licensee_of_many(number.as_str(), |_, ours| {
                    self.merge(tree, known, &theirs, ours);
                })
            });
            if merged.is_none() {
                self.licensees.extend(create(theirs, product));
            }
        }
        // MG-7: whoever was taken in with a package before and is not in this one.
        self.removals
            .extend(ours.into_iter().map(Change::RemoveLicensee));
    }

    fn merge(
        &mut self,
        product: &ProductTree,
        base: Option<&LicenseeAggregate>,
        theirs: &LicenseeAggregate,
        ours: &LicenseeAggregate,
    ) {
        let number = &theirs.licensee.number;
        let merged = merge(
            Direction::Import,
            Sides {
                product,
                base,
                theirs,
                ours,
            },
        );
        let conflicts = merged.conflicts.iter().map(|conflict| {
            let told = conflict.describe("in the package", "here");
            format!("licensee '{number}', {told}")
        });
        self.conflicts.extend(conflicts);
        for change in merged.changes {
            let turn = match change {
                LicenseeChange::RemoveLicense(_) => &mut self.removals,
                _ => &mut self.licensees,
            };
            turn.push(Change::Licensee {
                licensee: number.clone(),
                change,
            });
        }
    }
}

/// A licensee that is new here.
fn create(aggregate: LicenseeAggregate, product: &ProductNumber) -> impl Iterator<Item = Change> {
    let LicenseeAggregate { licensee, licenses } = aggregate;
    let number = licensee.number.clone();
    // A new license makes the levels unknown; these were computed with all of them.
    let levels = licensee.warning_levels.clone().map(LicenseeChange::Warn);
    let licenses = licenses.into_iter().map(|license| {
        let former = None;
        LicenseeChange::PutLicense { former, license }
    });
    let created = Change::CreateLicensee {
        product: product.clone(),
        licensee,
    };
    let changes = licenses.chain(levels).map(move |change| Change::Licensee {
        licensee: number.clone(),
        change,
    });
    std::iter::once(created).chain(changes)
}

/// The keys of a package in place of those of the package before, whose digests were salted otherwise.
fn keys(view: &VendorView<'_>, base: Option<&Assets>, assets: &Assets) -> Vec<Write> {
    let here: BTreeSet<[u8; 32]> = view.tokens().map(|token| token.lookup).collect();
    let before = base.map_or(&[][..], |base| &base.api_keys);
    let removed = before.iter().map(|key| key.digest);
    let removed = removed
        .filter(|lookup| here.contains(lookup))
        .map(Write::RemoveToken);
    removed.chain(assets.api_keys.iter().map(token)).collect()
}

fn token(digest: &ApiKeyDigest) -> Write {
    Write::PutToken(StoredToken {
        lookup: digest.digest,
        sealed: digest.salt.to_vec(),
        token: Token::ApiKey(digest.key.clone()),
        response_key: None,
    })
}
