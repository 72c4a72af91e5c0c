//! Repeated imports: what has happened here meanwhile, and what the vendor changed, both stay.

use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::number::{LicenseNumber, LicenseeNumber, VendorNumber};
use leasehold_model::snapshot::LicenseeAggregate;
use leasehold_seal::keys::SigningKey;
use leasehold_store::{Edit, Origin, Store, Write};
use leasehold_wire::assets::Assets;

use crate::support::package::{assets, made_at, plain, signing_key};
use crate::support::place::Place;

/// A place with the first generation of product P1 taken in, and the vendor's key.
async fn begun() -> (Place, SigningKey) {
    let (place, key) = (Place::new(), signing_key());
    place.put(1, &plain(&assets("P1", 1), &key));
    place.import(None).await.unwrap();
    place.empty_input();
    (place, key)
}

/// Another generation, as the vendor made it.
fn generation(number: u64, change: impl FnOnce(&mut Assets)) -> Assets {
    let mut package = assets("P1", number);
    change(&mut package);
    package
}

fn license() -> LicenseNumber {
    LicenseNumber::parse("L-I1").unwrap()
}

/// Something happens at the agent, to the license of I1.
async fn happens(place: &Place, change: LicenseeChange) {
    let write = Write::Model(Change::Licensee {
        licensee: LicenseeNumber::parse("I1").unwrap(),
        change,
    });
    let origin = Origin {
        actor: "test".into(),
        action: "licensee.validate",
    };
    let vendor = VendorNumber::parse("V1").unwrap();
    let store = place.store();
    let edited = store.edit(&vendor, origin, made_at(), move |_| {
        Ok::<_, std::convert::Infallible>(Edit {
            outcome: (),
            writes: vec![write.clone()],
        })
    });
    let Ok(()) = edited.await.unwrap();
}

async fn licensee(store: &Store, number: &'static str) -> Option<LicenseeAggregate> {
    let vendor = VendorNumber::parse("V1").unwrap();
    let look = store.read(&vendor, move |view| {
        view.licensee(number, |_, aggregate| aggregate.clone())
    });
    look.await.unwrap()
}

#[tokio::test]
async fn an_update_is_merged_into_what_has_happened() {
    let (place, key) = begun().await;
    let hold = LicenseeChange::HoldSession {
        license: license(),
        session: "s1".into(),
        until: "2026-11-22T11:00:00Z".parse().unwrap(),
    };
    happens(&place, hold).await;
    let more_seats = generation(2, |package| {
        package.licensees[0].licenses[0].set("maxSessions", "5");
        package.product.product.version = "2".into();
    });
    place.put(2, &plain(&more_seats, &key));
    let imported = place.import(None).await.unwrap();
    assert_eq!(
        imported.lines,
        ["2_netlicensing-assets.xml: product P1, licensees 2, generation 2: merged"]
    );
    let store = place.store();
    let held = licensee(&store, "I1").await.unwrap();
    let license = held.license(&license()).unwrap();
    assert_eq!(license.terms().max_sessions, 5);
    assert!(license.sessions.contains_key("s1"));
    assert_eq!(store.verify().await.unwrap(), [] as [&str; 0]);
    drop(store);

    place.empty_input();
    let same = Assets {
        package: generation(3, |_| ()).package,
        ..more_seats
    };
    place.put(3, &plain(&same, &key));
    let imported = place.import(None).await.unwrap();
    assert!(imported.lines[0].ends_with("generation 3: nothing has changed"));
    let held = licensee(&place.store(), "I1").await.unwrap();
    assert!(held.licenses[0].sessions.contains_key("s1"));
}

/// What was used here is never given back, and what was used there is added.
#[tokio::test]
async fn uses_on_both_sides_add_up() {
    let (place, key) = begun().await;
    for (number, used_there, used_here, sum) in [(2_u64, 3, 10, 13), (3, 8, 4, 22)] {
        let used = LicenseeChange::Use {
            license: license(),
            amount: used_here,
        };
        happens(&place, used).await;
        let package = generation(number, |package| {
            package.licensees[0].licenses[0].set("usedQuantity", &used_there.to_string());
        });
        place.put(1, &plain(&package, &key));
        place.import(None).await.unwrap();
        place.empty_input();
        let held = licensee(&place.store(), "I1").await.unwrap();
        assert_eq!(held.licenses[0].used(), sum);
    }
}

/// AG-27, with and without `--force`.
#[tokio::test]
async fn an_older_generation_is_refused() {
    let (mut place, key) = begun().await;
    place.put(1, &plain(&assets("P1", 5), &key));
    place.import(None).await.unwrap();
    for force in [false, true] {
        place.force = force;
        for older in [4, 2] {
            place.empty_input();
            place.put(1, &plain(&assets("P1", older), &key));
            let told = place.refused(6).await;
            assert_eq!(
                told,
                format!(
                    "File '1_netlicensing-assets.xml' holds generation {older} of product 'P1', and \
                     generation 5 is in the database. Export anew."
                )
            );
        }
    }
}

#[tokio::test]
async fn of_two_generations_the_newer_one_counts() {
    let (place, key) = (Place::new(), signing_key());
    place.put(1, &plain(&assets("P1", 3), &key));
    place.put(2, &plain(&assets("P1", 2), &key));
    let imported = place.import(None).await.unwrap();
    assert_eq!(
        imported.lines,
        [
            "2_netlicensing-assets.xml: left out, '1_netlicensing-assets.xml' is newer".to_owned(),
            format!(
                "Vendor key {} is trusted from now on.",
                key.public().fingerprint()
            ),
            "1_netlicensing-assets.xml: product P1, licensees 2, generation 3: imported".to_owned(),
        ]
    );
}

#[tokio::test]
async fn who_is_no_longer_in_the_package_goes() {
    let (place, key) = begun().await;
    let only_one = generation(2, |package| package.licensees.truncate(1));
    place.put(1, &plain(&only_one, &key));
    let imported = place.import(None).await.unwrap();
    assert_eq!(
        imported.warnings,
        ["Licensee 'I2' is not in the package of product 'P1', and is gone."]
    );
    assert!(licensee(&place.store(), "I1").await.is_some());
    assert!(licensee(&place.store(), "I2").await.is_none());

    place.empty_input();
    let nobody = generation(3, |package| {
        package.licensees.clear();
        package.api_keys.clear();
    });
    place.put(1, &plain(&nobody, &key));
    place.import(None).await.unwrap();
    let store = place.store();
    assert!(licensee(&store, "I1").await.is_none());
    assert_eq!(store.verify().await.unwrap(), [] as [&str; 0]);
}

/// MG-2: of two starts the earlier one stays, also where the package has the later one.
#[tokio::test]
async fn a_conflict_of_starts_is_refused_and_by_force_the_earlier_one_stays() {
    for (there, here, stays) in [
        ("02", "03", "2026-02-01T00:00:00.000Z"),
        ("03", "02", "2026-02-01T00:00:00.000Z"),
    ] {
        let (mut place, key) = begun().await;
        let [there, here] = [there, here].map(|month| format!("2026-{month}-01T00:00:00.000Z"));
        let start = LicenseeChange::Start {
            license: license(),
            at: here.parse().unwrap(),
        };
        happens(&place, start).await;
        let dated = generation(2, |package| {
            package.licensees[0].licenses[0].set("startDate", &there);
        });
        place.put(1, &plain(&dated, &key));
        assert_eq!(
            place.refused(6).await,
            format!(
                "licensee 'I1', license 'L-I1': startDate is {there} in the package and {here} here. \
                 Use --force to take it in all the same: of two starts the earlier one stays, \
                 wherever it is, and in all else the package decides."
            )
        );
        place.force = true;
        place.import(None).await.unwrap();
        let held = licensee(&place.store(), "I1").await.unwrap();
        let start = held.licenses[0].start_date.as_ref().unwrap();
        assert_eq!(start.text(), stays);
    }
}

/// A package for somebody else would otherwise take everybody's licenses away.
#[tokio::test]
async fn a_package_of_strangers_is_a_conflict() {
    let (place, key) = begun().await;
    let strangers = generation(2, |package| {
        for (at, aggregate) in package.licensees.iter_mut().enumerate() {
            let number = LicenseeNumber::parse(&format!("S{at}")).unwrap();
            aggregate.licensee.number = number;
            aggregate.licensee.aliases.clear();
            let license = LicenseNumber::parse(&format!("L-S{at}")).unwrap();
            aggregate.licenses[0].number = license;
        }
        package.api_keys.clear();
    });
    place.put(1, &plain(&strangers, &key));
    let told = place.refused(6).await;
    assert!(
        told.contains("has none of the 2 licensees that are here"),
        "{told}"
    );
    assert!(licensee(&place.store(), "I1").await.is_some());
}
