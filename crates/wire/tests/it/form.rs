//! Parameters, paths and the question of a validation.

use std::borrow::Cow;

use leasehold_model::validate::{ModuleParameters, ValidationRequest};
use leasehold_wire::form::{Form, FormError, Limits, path_segments};

fn form(text: &str) -> Form {
    Form::parse("", text.as_bytes()).unwrap()
}

fn pairs(form: &Form) -> Vec<(&str, &str)> {
    form.iter().collect()
}

#[test]
fn parameters_are_decoded_exactly_once() {
    let table: [(&str, &[(&str, &str)]); 12] = [
        ("", &[]),
        ("&&a=1&&", &[("a", "1")]),
        ("a=1&b=2", &[("a", "1"), ("b", "2")]),
        ("a", &[("a", "")]),
        ("a=", &[("a", "")]),
        ("a=b=c", &[("a", "b=c")]),
        ("=1&a=2", &[("a", "2")]),
        ("a=one+two%20three%2Bfour", &[("a", "one two three+four")]),
        ("a=Licensee%25201", &[("a", "Licensee%201")]),
        ("%61+b=%C3%A9%e2%82%ac", &[("a b", "é€")]),
        ("a=\u{e9}", &[("a", "é")]),
        ("a=%00%0D%0A", &[("a", "\0\r\n")]),
    ];
    for (text, expected) in table {
        assert_eq!(pairs(&form(text)), expected, "{text}");
        assert_eq!(pairs(&Form::parse(text, b"").unwrap()), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    for text in ["a=%", "a=%2", "a=%zz", "%g1=a", "a=1&b=%+1"] {
        let refused = Form::parse("", text.as_bytes());
        assert_eq!(refused, Err(FormError::PercentEncoding), "{text}");
    }
    for bytes in [
        &b"a=\xff"[..],
        b"a=%FF",
        b"%C3=1",
        b"a=%ED%A0%80",
        b"a=%C0%AF",
    ] {
        assert_eq!(Form::parse("", bytes), Err(FormError::Utf8), "{bytes:?}");
    }
    assert_eq!(Form::parse("a%00=1", b""), Err(FormError::Name));
}

#[test]
fn the_body_wins_over_the_query_and_the_last_over_the_first() {
    let form = Form::parse("a=query&b=query&c=1&c=2", b"b=body&d=body").unwrap();

    let expected = [("a", "query"), ("b", "body"), ("c", "2"), ("d", "body")];
    assert_eq!(pairs(&form), expected);
    assert_eq!(form.get("b"), Some("body"));
    assert_eq!(form.get("c"), Some("2"));
    assert_eq!(form.get("e"), None);
    assert_eq!(form.list("c"), ["1", "2"]);
}

#[test]
fn discount_is_a_list_in_all_its_spellings() {
    let form =
        form("discount=1&discount[]=2&discount%5B0%5D=3&discount[12]=4&discount[x]=5&other[]=6");

    assert_eq!(form.list("discount"), ["1", "2", "3", "4"]);
    assert_eq!(form.get("discount"), Some("4"));
    assert_eq!(form.get("discount[x]"), Some("5"));
    assert_eq!(form.get("other[]"), Some("6"));
    assert_eq!(form.list("absent"), [""; 0]);
}

#[test]
fn limits_hold_and_are_named() {
    let many = |count: usize| (0..count).map(|n| format!("a{n}=1&")).collect::<String>();
    assert!(Form::parse("", many(Limits::PARAMETERS).as_bytes()).is_ok());
    assert_eq!(
        Form::parse(&many(1), many(Limits::PARAMETERS).as_bytes()),
        Err(FormError::Limit("the number of parameters"))
    );
    assert!(Form::parse(&"n".repeat(Limits::NAME), b"").is_ok());
    assert_eq!(
        Form::parse(&"n".repeat(Limits::NAME + 1), b""),
        Err(FormError::Limit("the length of a parameter's name"))
    );
    let value = |length| format!("a={}", "%61".repeat(length));
    assert!(Form::parse("", value(Limits::FORM.value).as_bytes()).is_ok());
    assert_eq!(
        Form::parse("", value(Limits::FORM.value + 1).as_bytes()),
        Err(FormError::Limit("the length of a parameter's value"))
    );
    assert_eq!(
        Form::parse("", &vec![b'&'; Limits::FORM.body + 1]),
        Err(FormError::Limit("the size of the body"))
    );
}

#[test]
fn booleans_are_read_in_any_letter_case() {
    let form = form("yes=True&no=FALSE&one=1&empty=&bare");
    assert_eq!(form.boolean("yes"), Ok(Some(true)));
    assert_eq!(form.boolean("no"), Ok(Some(false)));
    assert_eq!(form.boolean("empty"), Ok(None));
    assert_eq!(form.boolean("bare"), Ok(None));
    assert_eq!(form.boolean("absent"), Ok(None));
    assert_eq!(
        form.boolean("one").unwrap_err().to_string(),
        "Parameter 'one' has the invalid value '1': expected true or false"
    );
    assert_eq!(form.text("one"), Some("1"));
    assert_eq!(form.text("empty"), None);
}

#[test]
fn a_refused_value_is_quoted_at_most_a_hundred_characters_long() {
    let form = form(&format!("a={}", "é".repeat(5000)));
    let FormError::Value { value, .. } = form.boolean("a").unwrap_err() else {
        panic!("another error");
    };
    assert_eq!(value, "é".repeat(100));
}

#[test]
fn debugging_a_form_tells_no_values() {
    let form = form("licenseeSecret=hidden&a=1");
    assert_eq!(format!("{form:?}"), r#"["licenseeSecret", "a"]"#);
}

#[test]
fn paths_are_split_then_decoded() {
    let table: [(&str, Result<&[&str], FormError>); 14] = [
        ("", Ok(&[])),
        ("/", Ok(&[])),
        (
            "/core/v2/rest//product/",
            Ok(&["core", "v2", "rest", "product"]),
        ),
        ("/product/A%2FB", Ok(&["product", "A/B"])),
        ("/product/A+B%20C", Ok(&["product", "A+B C"])),
        ("/product/A%2520B", Ok(&["product", "A%20B"])),
        ("/product/%E2%82%AC", Ok(&["product", "€"])),
        ("/product/...", Ok(&["product", "..."])),
        ("/product/../token", Err(FormError::Path)),
        ("/product/%2e%2E/token", Err(FormError::Path)),
        ("/./product", Err(FormError::Path)),
        ("/product/%00", Err(FormError::Path)),
        ("/product/%4", Err(FormError::PercentEncoding)),
        ("/product/%ff", Err(FormError::Utf8)),
    ];
    for (path, expected) in table {
        let expected =
            expected.map(|segments| segments.iter().map(|s| Cow::Borrowed(*s)).collect());
        assert_eq!(path_segments(path), expected, "{path}");
    }
}

/// A group of module `module` with the parameters set by `set`.
fn group(module: &str, set: impl FnOnce(&mut ModuleParameters)) -> ModuleParameters {
    let mut group = ModuleParameters {
        module: module.into(),
        ..ModuleParameters::default()
    };
    set(&mut group);
    group
}

/// The parameters, the groups they make, and the custom properties.
type GroupingCase = (
    &'static str,
    Vec<ModuleParameters>,
    Vec<(&'static str, &'static str)>,
);

#[test]
fn groups_and_custom_properties_follow_g7_and_g5() {
    let nothing = |_: &mut ModuleParameters| {};
    let session = |id: &'static str| {
        move |group: &mut ModuleParameters| {
            group.session_id = Some(id.into());
        }
    };
    let secret = |text: &'static str| {
        move |group: &mut ModuleParameters| {
            group.node_secret = Some(text.into());
        }
    };
    let table: Vec<GroupingCase> = vec![
        ("", vec![], vec![]),
        (
            "productModuleNumber0=M&sessionId0=s",
            vec![group("M", session("s"))],
            vec![],
        ),
        // Keys come in any order, groups in that of their opening keys, gaps are free.
        (
            "sessionId7=b&productModuleNumber7=B&productModuleNumber3=A&sessionId3=a",
            vec![group("B", session("b")), group("A", session("a"))],
            vec![],
        ),
        // Digits are compared as text.
        (
            "productModuleNumber01=M&sessionId1=x&sessionId01=y",
            vec![group("M", session("y"))],
            vec![("sessionId1", "x")],
        ),
        // Without digits: only known names are consumed.
        (
            "productModuleNumber=M&nodeSecret=x&region=EU",
            vec![group("M", secret("x"))],
            vec![("region", "EU")],
        ),
        (
            "productModuleNumber=M&nodeSecret0=x",
            vec![group("M", nothing)],
            vec![("nodeSecret0", "x")],
        ),
        // With digits: whatever carries them is consumed, reserved names included.
        (
            "productModuleNumber0=M&region0=EU&name0=x&region=DE",
            vec![group("M", nothing)],
            vec![("region", "DE")],
        ),
        // No group opened: not consumed.
        (
            "sessionId0=s&sessionId=t",
            vec![],
            vec![("sessionId", "t"), ("sessionId0", "s")],
        ),
        // An opening key without a module consumes and names nothing.
        (
            "productModuleNumber0=&sessionId0=s&a=1",
            vec![],
            vec![("a", "1")],
        ),
        // Names are case-sensitive, values stay as given, empty ones too.
        (
            "productModuleNumber0=M&SessionId0=x&action0=",
            vec![group("M", |group| group.action = Some("".into()))],
            vec![],
        ),
        // The last of repeated keys counts.
        (
            "productModuleNumber0=A&productModuleNumber0=B&sessionId0=1&sessionId0=2",
            vec![group("B", session("2"))],
            vec![],
        ),
        // Two groups of one module are told apart by whoever judges them.
        (
            "productModuleNumber0=M&productModuleNumber1=M",
            vec![group("M", nothing), group("M", nothing)],
            vec![],
        ),
        // Reserved names never become properties, nor do empty values.
        (
            "number=1&name=2&active=3&aliases=4&markedForTransfer=5&warningLevelSummary=6&inUse=7\
             &licenseeNumber=8&id=9&vendorNumber=10&filter=11&forceCascade=12&Name=13&empty=&Id=14",
            vec![],
            vec![("Id", "14")],
        ),
        // Only ASCII digits make a group.
        (
            "productModuleNumber\u{0661}=M",
            vec![],
            vec![("productModuleNumber\u{0661}", "M")],
        ),
        (
            "productModuleNumber0x=M&7=y",
            vec![],
            vec![("7", "y"), ("productModuleNumber0x", "M")],
        ),
    ];
    for (text, modules, custom) in table {
        let request = form(text).validation_request().unwrap();
        let expected = ValidationRequest {
            modules,
            custom: custom.into_iter().collect(),
            ..ValidationRequest::default()
        };
        assert_eq!(request, expected, "{text}");
    }
}

#[test]
fn every_module_parameter_has_its_place() {
    let request = form(
        "reserveQuantity2=6&usedQuantity2=5&nodeSecret2=4&maxCheckoutValidity2=3&action2=2&sessionId2=1\
         &productModuleNumber2=M",
    )
    .validation_request()
    .unwrap();
    let expected = ModuleParameters {
        module: "M".into(),
        session_id: Some("1".into()),
        action: Some("2".into()),
        max_checkout_validity: Some("3".into()),
        node_secret: Some("4".into()),
        used_quantity: Some("5".into()),
        reserve_quantity: Some("6".into()),
    };
    assert_eq!(request.modules, [expected]);
}

#[test]
fn a_calls_own_parameters_are_read() {
    let request =
        form("productNumber=P&licenseeName=N&licenseeSecret=S&dryRun=True&forOfflineUse=true")
            .validation_request()
            .unwrap();
    let expected = ValidationRequest {
        product: Some("P".into()),
        licensee_name: Some("N".into()),
        licensee_secret: Some("S".into()),
        dry_run: true,
        for_offline_use: true,
        ..ValidationRequest::default()
    };
    assert_eq!(request, expected);

    let empty = form("productNumber=&licenseeName=&licenseeSecret=&dryRun=&forOfflineUse=");
    assert_eq!(empty.validation_request(), Ok(ValidationRequest::default()));
    assert!(form("dryRun=yes").validation_request().is_err());
    let ignored = form("dryRun=yes&forOfflineUse=true").deprecated_validation_request();
    assert_eq!(ignored, Ok(ValidationRequest::default()));
    assert!(
        form(&format!("{}=1", "n".repeat(256)))
            .validation_request()
            .is_err()
    );
}
