//! Taking in: from judged packages to one edit of the store.

use jiff::Timestamp;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::snapshot::{LicenseeAggregate, ProductTree};
use leasehold_model::token::Token;
use leasehold_model::vendor::Vendor;
use leasehold_store::{
    Account, Edit, ImportRecord, Origin, SealedPackageKey, Store, StoredToken, Write,
};
use leasehold_wire::assets::ApiKeyDigest;

use super::judge::Taken;
use crate::error::AgentError;

/// Writes all packages, which are of one vendor, in one transaction.
pub(super) async fn write(
    store: &Store,
    taken: Vec<Taken>,
    now: Timestamp,
) -> Result<(), AgentError> {
    // The newest package knows the vendor's settings best.
    let Some(newest) = taken.iter().max_by_key(|package| package.assets.made_at) else {
        return Ok(());
    };
    let vendor = newest.assets.vendor.clone();
    put_account(store, &vendor, now).await?;
    let number = vendor.number;
    let signer = taken.first().map(|package| package.signer.0);
    let mut assets = Vec::new();
    for package in taken {
        put_package(&mut assets, package, now);
    }
    let edited = store
        .edit(&number, origin(), now, move |view| {
            let mut writes = Vec::with_capacity(assets.len() + 1);
            if let (None, Some(public)) = (view.package_key(), signer) {
                let private = None;
                writes.push(Write::PutPackageKey(SealedPackageKey { public, private }));
            }
            writes.extend_from_slice(&assets);
            Ok::<_, std::convert::Infallible>(Edit {
                outcome: (),
                writes,
            })
        })
        .await?;
    match edited {
        Ok(()) => Ok(()),
        Err(never) => match never {},
    }
}

/// The vendor's account, with nothing to sign in with.
async fn put_account(store: &Store, vendor: &Vendor, now: Timestamp) -> Result<(), AgentError> {
    let present = store.account(&vendor.number);
    if present.is_some_and(|account| account.vendor == *vendor) {
        return Ok(());
    }
    let account = Account {
        vendor: vendor.clone(),
        password: None,
        revision: 0,
    };
    Ok(store.put_account(account, origin(), now).await?)
}

fn put_package(writes: &mut Vec<Write>, package: Taken, now: Timestamp) {
    let assets = package.assets;
    let product = assets.product.product.number.clone();
    put_product(writes, assets.product);
    for licensee in assets.licensees {
        let model = |change| writes.push(Write::Model(change));
        licensee_changes(licensee, &product)
            .into_iter()
            .for_each(model);
    }
    writes.extend(assets.api_keys.into_iter().map(token));
    writes.push(Write::PutImport(ImportRecord {
        package: assets.package.id.into(),
        vendor: assets.vendor.number,
        product,
        generation: assets.package.generation,
        digest: package.digest,
        imported_at: now,
    }));
}

fn put_product(writes: &mut Vec<Write>, tree: ProductTree) {
    let mut model = |change| writes.push(Write::Model(change));
    let product = tree.product.number.clone();
    model(Change::PutProduct {
        former: None,
        product: tree.product,
    });
    for branch in tree.modules {
        let module = branch.module.number.clone();
        model(Change::PutModule {
            product: product.clone(),
            former: None,
            module: branch.module,
        });
        for template in branch.templates {
            model(Change::PutTemplate {
                module: module.clone(),
                former: None,
                template,
            });
        }
    }
}

fn licensee_changes(
    aggregate: LicenseeAggregate,
    product: &leasehold_model::number::ProductNumber,
) -> Vec<Change> {
    let number = aggregate.licensee.number.clone();
    let levels = aggregate.licensee.warning_levels.clone();
    let licenses = aggregate.licenses.into_iter().map(|license| {
        let former = None;
        LicenseeChange::PutLicense { former, license }
    });
    // A new license makes the levels unknown; these were computed with all of them.
    let changes = licenses.chain(levels.map(LicenseeChange::Warn));
    let mut all = vec![Change::CreateLicensee {
        product: product.clone(),
        licensee: aggregate.licensee,
    }];
    all.extend(changes.map(|change| Change::Licensee {
        licensee: number.clone(),
        change,
    }));
    all
}

fn token(digest: ApiKeyDigest) -> Write {
    Write::PutToken(StoredToken {
        lookup: digest.digest,
        sealed: digest.salt.to_vec(),
        token: Token::ApiKey(digest.key),
        response_key: None,
    })
}

fn origin() -> Origin {
    Origin {
        actor: "local".into(),
        action: "agent.import",
    }
}
