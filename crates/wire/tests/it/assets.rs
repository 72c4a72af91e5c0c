//! The document of an export package comes back as it was, or not at all.

use expect_test::expect_file;
use leasehold_model::number::LicenseeNumber;
use leasehold_wire::assets::{self, AssetsError, ReplySigning};
use leasehold_wire::xml;
use proptest::prelude::*;

use crate::snapshots::sample;
use crate::support::model;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_written_comes_back(assets in model::assets()) {
        let written = assets::write(&assets);
        prop_assert_eq!(&assets::read(&written).unwrap(), &assets);
        prop_assert_eq!(assets::write(&assets.clone()), written);
    }

    #[test]
    fn what_is_written_without_keys_comes_back_without_them(assets in model::assets()) {
        let mut bare = assets.clone();
        bare.signing = None;
        for key in &mut bare.api_keys {
            key.signing = ReplySigning::Unsigned;
        }
        let written = assets::write_without_private_keys(&assets);
        prop_assert_eq!(assets::read(&written).unwrap(), bare.clone());
        bare.api_keys.clear();
        bare.report.key = None;
        let written = assets::write_without_keys(&assets);
        prop_assert_eq!(assets::read(&written).unwrap(), bare);
    }

    #[test]
    fn a_document_without_one_of_its_items_never_comes_back_whole(
        assets in model::assets(),
        place in any::<prop::sample::Index>(),
    ) {
        let mut context = xml::read(&assets::write(&assets)).unwrap();
        let items = context.items.as_mut().unwrap();
        items.items.remove(place.index(items.items.len()));
        let read = assets::read(&xml::write(&context));
        prop_assert!(read.is_err() || read.unwrap() != assets);
    }
}

#[test]
fn the_document_is_a_netlicensing_context() {
    let written = String::from_utf8(assets::write(&sample::assets())).unwrap();
    expect_file!["snapshots/assets.xml"].assert_eq(&written);
}

/// The sample's document with one text replaced by another; the text must be there once.
fn altered(text: &str, by: &str) -> Result<assets::Assets, AssetsError> {
    let written = String::from_utf8(assets::write(&sample::assets())).unwrap();
    assert_eq!(written.matches(text).count(), 1, "{text}");
    assets::read(written.replace(text, by).as_bytes())
}

#[test]
fn what_the_writer_cannot_have_written_is_refused() {
    let property =
        |name: &str, value: &str| format!("<ns2:property name=\"{name}\">{value}</ns2:property>");
    let table = [
        // Something is missing, there twice or unknown.
        ("<ns2:item type=\"Vendor\">", "<ns2:item type=\"Supplier\">"),
        (&property("login", "demo"), ""),
        (
            &property("login", "demo"),
            &property("login", "demo").repeat(2),
        ),
        (
            &property("login", "demo"),
            &(property("login", "demo") + &property("password", "x")),
        ),
        (
            "<ns2:list name=\"sessions\">",
            "<ns2:list name=\"meetings\">",
        ),
        // Values that cannot be read, or are spelled otherwise.
        (&property("generation", "3"), &property("generation", "03")),
        (&property("generation", "3"), &property("generation", "-3")),
        (
            &property("ttlMinutes", "1440"),
            &property("ttlMinutes", "0"),
        ),
        (
            &property("madeAt", "2026-11-22T10:00:00.123Z"),
            &property("madeAt", "2026-11-22"),
        ),
        (
            &property("role", "ROLE_APIKEY_LICENSEE"),
            &property("role", "ROLE_ROOT"),
        ),
        (
            &property("salt", "BwcHBwcHBwcHBwcHBwcHBw=="),
            &property("salt", "Bwc="),
        ),
        (
            &property("node\\\\name", "a\\u{1B}b"),
            &property("node\\name", "a"),
        ),
        (
            &property("node\\\\name", "a\\u{1B}b"),
            &property("n", "a\\u{1b}b"),
        ),
        (
            &property("node\\\\name", "a\\u{1B}b"),
            &property("n", "a\\u{41}b"),
        ),
        (
            &property("node\\\\name", "a\\u{1B}b"),
            &property("n", "a\\u{1B"),
        ),
        (&property("node\\\\name", "a\\u{1B}b"), &property("n", "")),
        (
            &property("node\\\\name", "a\\u{1B}b"),
            &property("startDate", "2026-01-01"),
        ),
        (
            &property("0", "node secret"),
            &property("00", "node secret"),
        ),
        // References that lead nowhere, and numbers out of order.
        (
            &(property("licenseeNumber", "I1") + &property("licenseTemplateNumber", "E1")),
            &(property("licenseeNumber", "I1") + &property("licenseTemplateNumber", "E2")),
        ),
        (
            &(property("number", "M1") + &property("productNumber", "P1")),
            &(property("number", "M1") + &property("productNumber", "P2")),
        ),
        (
            &(property("number", "E1") + &property("productModuleNumber", "M1")),
            &(property("number", "E1") + &property("productModuleNumber", "M2")),
        ),
        (
            &(property("number", "L1") + &property("licenseeNumber", "I1")),
            &(property("number", "L1") + &property("licenseeNumber", "I2")),
        ),
        (
            &(property("number", "I2") + &property("productNumber", "P1")),
            &(property("number", "I1") + &property("productNumber", "P1")),
        ),
        (
            &(property("number", "M0") + &property("productNumber", "P1")),
            &(property("number", "M1") + &property("productNumber", "P1")),
        ),
        (
            &(property("role", "ROLE_APIKEY_LICENSEE") + &property("licenseeNumber", "I1")),
            &(property("role", "ROLE_APIKEY_LICENSEE") + &property("licenseeNumber", "I3")),
        ),
        // A reply.
        (
            "<ns2:infos/>",
            "<ns2:infos><ns2:info id=\"x\" type=\"info\">y</ns2:info></ns2:infos>",
        ),
        (
            "<ns2:items>",
            "<ns2:items pagenumber=\"0\" itemsnumber=\"1\" totalpages=\"1\" totalitems=\"1\" hasnext=\"false\">",
        ),
    ];
    for (text, by) in table {
        let refused = altered(text, by);
        assert!(
            matches!(refused, Err(AssetsError::Incomplete(_))),
            "{by}: {refused:?}"
        );
    }
    assert!(matches!(
        altered("</ns2:items>", ""),
        Err(AssetsError::Xml(_))
    ));
}

#[test]
fn an_error_names_the_field_and_never_its_value() {
    let error = altered(
        "<ns2:property name=\"licenseeSecret\">licensee secret</ns2:property>",
        "<ns2:property name=\"licenseeSecret\">licensee \\secret</ns2:property>",
    );
    let text = error.unwrap_err().to_string();
    assert_eq!(
        text,
        "the document holds no complete assets: a 'Licensee' holds an unknown escape or list"
    );
    let error = altered(
        "<ns2:property name=\"active\">false</ns2:property><ns2:property name=\"name\">Inactive",
        "<ns2:property name=\"name\">Inactive",
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "the document holds no complete assets: 'active' of a 'Licensee' is missing"
    );
}

#[test]
fn licensees_are_digested_in_their_order_by_bytes() {
    let numbers = ["b", "a,;", "B"].map(|text| LicenseeNumber::parse(text).unwrap());
    assert_eq!(assets::licensees_text(&numbers), "B\na,;\nb\n");
}
