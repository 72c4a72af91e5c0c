use leasehold_model::licensee::WarningLevel;
use leasehold_model::money::{Currency, Money};
use leasehold_model::number::{LicenseTemplateNumber, ProductModuleNumber};
use proptest::prelude::*;

use super::*;

/// Names that properties have on the wire, some of which are a license's state.
const NAMES: [&str; 8] = [
    "timeVolume",
    "maxSessions",
    "quantity",
    "own",
    "startDate",
    "usedQuantity",
    "sessionId_a",
    "nodeSecret3",
];

/// Texts that mean an instant or a count, and others, which must come back as they were given.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("2026-01-01T00:00:00.000Z".to_owned()),
        Just("1969-12-31T23:59:59.999Z".to_owned()),
        Just("2026-01-01T00:00:00.0004Z".to_owned()),
        Just("2026-01-01".to_owned()),
        Just("0012".to_owned()),
        (-3_i64..1000).prop_map(|count| count.to_string()),
        "[a-zä ]{1,5}",
    ]
}

fn properties() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    prop::collection::vec((prop::sample::select(&NAMES), value()), 0..6)
}

fn license() -> impl Strategy<Value = License> {
    let price = prop::option::of(any::<i64>());
    let name = prop::option::of(value());
    let flags = any::<[bool; 2]>();
    (0..20_u32, 0..3_u32, properties(), price, name, flags).prop_map(
        |(number, template, properties, hundredths, name, [active, hidden])| {
            let properties = properties.iter().map(|(name, value)| (*name, &**value));
            let mut license = License::new(
                LicenseNumber::parse(&format!("L{number:02}")).unwrap(),
                LicenseTemplateNumber::parse(&format!("E{template}")).unwrap(),
                properties.collect(),
            );
            license.active = active;
            license.hidden = hidden;
            license.name = name.map(Into::into);
            license.price = hundredths.map(|hundredths| Money {
                hundredths,
                currency: Currency::parse("EUR").unwrap(),
            });
            license
        },
    )
}

fn licensee() -> impl Strategy<Value = Licensee> {
    let levels = prop::option::of(prop::collection::vec(0..3_usize, 0..3));
    let secret = prop::option::of("[a-z]{0,4}");
    let name = prop::option::of(value());
    (
        any::<bool>(),
        name,
        secret,
        any::<Option<bool>>(),
        0..3_usize,
        levels,
        properties(),
    )
        .prop_map(
            |(active, name, secret, marked_for_transfer, aliases, levels, custom)| Licensee {
                number: LicenseeNumber::parse("ü").unwrap(),
                active,
                name: name.map(Into::into),
                secret: secret.map(|secret| LicenseeSecret::new(&secret)),
                marked_for_transfer,
                aliases: ["a", "b", "c"][..aliases]
                    .iter()
                    .map(|alias| LicenseeNumber::parse(alias).unwrap())
                    .collect(),
                warning_levels: levels.map(|levels| {
                    let levels = levels.into_iter().map(|at| {
                        let levels = [WarningLevel::Green, WarningLevel::Yellow, WarningLevel::Red];
                        (ProductModuleNumber::parse("M").unwrap(), levels[at])
                    });
                    WarningLevels(levels.collect())
                }),
                custom: custom
                    .iter()
                    .map(|(name, value)| (*name, &**value))
                    .collect(),
            },
        )
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(
        licensee in licensee(),
        licenses in prop::collection::vec(license(), 0..4),
    ) {
        let packer = Packer::new();
        let aggregate = LicenseeAggregate { licensee, licenses };
        // The first time nothing is shared, the third time everything.
        for _ in 0..3 {
            let packed = packer.pack(&aggregate);
            prop_assert_eq!(&packer.unpack(&packed).unwrap(), &aggregate);
        }
    }

    #[test]
    fn other_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let packer = Packer::new();
        let _ = packer.unpack(&Packed(bytes.into()));
    }
}

#[test]
fn what_many_have_is_packed_once() {
    let packer = Packer::new();
    let mut weights = Vec::new();
    for number in 0..3 {
        let licensee = Licensee::new(LicenseeNumber::parse(&format!("I{number}")).unwrap());
        let licenses = vec![License::new(
            LicenseNumber::parse(&format!("L{number}")).unwrap(),
            LicenseTemplateNumber::parse("E").unwrap(),
            [("own", "a text that all of them have")]
                .into_iter()
                .collect(),
        )];
        weights.push(
            packer
                .pack(&LicenseeAggregate { licensee, licenses })
                .weight(),
        );
    }
    assert!(weights[2] < weights[0] - 30, "{weights:?}");
}
