//! Queries, bodies and paths. An input is a query, a line feed and a body.

use std::borrow::Cow;

use leasehold_model::validate::{ModuleParameters, ValidationRequest};
use leasehold_wire::entity::names;
use leasehold_wire::form::{Form, FormError, Limits, is_custom_name, path_segments};

use super::{Outcome, magnitude};

/// The form is what [`naive`] makes of it, its readers agree, and it comes back from its encoding;
/// so does the path.
pub(crate) fn form(data: &[u8]) -> Outcome {
    let line = data.iter().position(|byte| *byte == b'\n');
    let (query, body) = match line {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[][..]),
    };
    // The server takes a query from a text; the body it hands over as it came.
    let query = String::from_utf8_lossy(query);
    path(&query);

    let expected = naive(&query, body);
    let form = match Form::parse(&query, body) {
        Ok(form) => form,
        Err(error) => {
            assert!(expected.is_none(), "refused without need: {error:?}");
            return Outcome::Refused(kind(&error));
        }
    };
    let pairs = expected.expect("what breaks a rule is refused");
    let names = agree(&form, &pairs);
    comes_back(&form, &pairs);
    let validation = validation(&form);
    let longest = pairs.iter().map(|(_, value)| value.len()).max();
    let is_ascii = pairs
        .iter()
        .all(|(name, value)| name.is_ascii() && value.is_ascii());
    Outcome::Accepted(vec![
        magnitude(pairs.len()),
        magnitude(longest.unwrap_or(0)) / 3,
        u8::from(pairs.len() > names),
        u8::from(line.is_some()),
        u8::from(is_ascii),
        u8::from(form.get("discount").is_some()),
        validation,
    ])
}

fn kind(error: &FormError) -> String {
    match error {
        FormError::Value { name, .. } => format!("value of {name}"),
        other => format!("{other:?}"),
    }
}

/// The parameters, or `None` when one of them breaks a rule: the contract's sections 1 and 4 in
/// their plainest form.
fn naive(query: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    if body.len() > Limits::FORM.body {
        return None;
    }
    let query = query.as_bytes().split(|byte| *byte == b'&');
    let body = body.split(|byte| *byte == b'&');
    let mut pairs = Vec::new();
    for piece in query.chain(body).filter(|piece| !piece.is_empty()) {
        let mut halves = piece.splitn(2, |byte| *byte == b'=');
        let mut name = decoded(halves.next()?, b' ')?;
        let value = decoded(halves.next().unwrap_or_default(), b' ')?;
        if let Some(index) = name.strip_prefix("discount[")
            && let Some(digits) = index.strip_suffix(']')
            && digits.chars().all(|digit| digit.is_ascii_digit())
        {
            name = "discount".to_owned();
        }
        let is_legal = pairs.len() < Limits::PARAMETERS
            && name.len() <= Limits::NAME
            && value.len() <= Limits::FORM.value
            && !name.chars().any(char::is_control);
        if !is_legal {
            return None;
        }
        if !name.is_empty() {
            pairs.push((name, value));
        }
    }
    Some(pairs)
}

fn decoded(raw: &[u8], plus: u8) -> Option<String> {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        at += 1;
        bytes.push(match byte {
            b'%' => {
                let mut digit = || {
                    let digit = char::from(*raw.get(at)?).to_digit(16)?;
                    at += 1;
                    u8::try_from(digit).ok()
                };
                digit()? * 16 + digit()?
            }
            b'+' => plus,
            other => *other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Every reader tells the same of `pairs`. Returns how many names there are.
fn agree(form: &Form, pairs: &[(String, String)]) -> usize {
    let mut names: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (name, _) in pairs {
        if seen.insert(name.as_str()) {
            names.push(name);
        }
    }
    let iterated: Vec<&str> = form.iter().map(|(name, _)| name).collect();
    assert_eq!(iterated, names);
    for (at, (name, value)) in form.iter().enumerate() {
        assert_eq!(form.get(name), Some(value));
        assert_eq!(
            form.text(name),
            Some(value).filter(|value| !value.is_empty())
        );
        let truth = match value.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(()),
        };
        assert_eq!(form.boolean(name).map_err(drop), truth);
        // The list is looked for among all, which takes the square of them.
        if at < 100 {
            let wanted = pairs.iter().filter(|(have, _)| have == name);
            let wanted: Vec<&str> = wanted.map(|(_, value)| value.as_str()).collect();
            assert_eq!(form.list(name), wanted);
            assert_eq!(wanted.last(), Some(&value));
        }
    }
    // No name holds a control character.
    let absent = format!("{}\0", names.last().unwrap_or(&""));
    assert_eq!(form.get(&absent), None);
    assert_eq!(form.list(&absent), [""; 0]);
    assert_eq!(form.boolean(&absent), Ok(None));
    names.len()
}

/// Encoded and read again, as a query or as a body, it is the same form.
fn comes_back(form: &Form, pairs: &[(String, String)]) {
    let encode = |(name, value): &(String, String)| format!("{}={}", encoded(name), encoded(value));
    let text = pairs.iter().map(encode).collect::<Vec<_>>().join("&");
    assert!(Form::parse(&text, b"").as_ref() == Ok(form));
    if text.len() <= Limits::FORM.body {
        assert!(Form::parse("", text.as_bytes()).as_ref() == Ok(form));
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for one in text.chars() {
        match one {
            ' ' => out.push('+'),
            '%' | '&' | '=' | '+' => out += &format!("%{:02X}", u32::from(one)),
            other => out.push(other),
        }
    }
    out
}

/// The question of a validation takes every parameter once, and to its place. Returns what it is
/// like.
fn validation(form: &Form) -> u8 {
    let question = form.deprecated_validation_request();
    let asked = form.validation_request();
    let truths = form
        .boolean("dryRun")
        .ok()
        .zip(form.boolean("forOfflineUse").ok());
    match (&question, &asked, truths) {
        (Ok(question), Ok(asked), Some((dry_run, for_offline_use))) => {
            let expected = ValidationRequest {
                dry_run: dry_run.unwrap_or(false),
                for_offline_use: for_offline_use.unwrap_or(false),
                ..question.clone()
            };
            assert_eq!(*asked, expected);
        }
        (Err(_), Err(_), _) | (Ok(_), Err(_), None) => {}
        _ => panic!("{question:?}, {asked:?}, {truths:?}"),
    }

    let opens = |name: &str| split(name).0 == "productModuleNumber";
    let is_open = |digits: &str| form.get(&format!("productModuleNumber{digits}")).is_some();
    let is_custom = |name: &str, value: &str| {
        let (key, digits) = split(name);
        let is_consumed = is_open(digits) && (!digits.is_empty() || SLOTS.contains(&key));
        let is_standard = |standard: &&&str| standard.eq_ignore_ascii_case(name);
        let is_reserved =
            RESERVED.contains(&name) || names::LICENSEE.iter().any(|known| is_standard(&known));
        !(opens(name) || is_consumed || is_reserved || value.is_empty())
    };
    let mut custom: Vec<(&str, &str)> = form
        .iter()
        .filter(|(name, value)| is_custom(name, value))
        .collect();
    let Ok(question) = question else {
        assert!(custom.iter().any(|(name, _)| !is_custom_name(name)));
        return u8::MAX;
    };
    custom.sort_unstable();
    assert_eq!(question.custom.iter().collect::<Vec<_>>(), custom);
    assert!(custom.iter().all(|(name, _)| is_custom_name(name)));
    assert_eq!(question.product.as_deref(), form.text("productNumber"));
    assert_eq!(question.licensee_name.as_deref(), form.text("licenseeName"));
    assert_eq!(
        question.licensee_secret.as_deref(),
        form.text("licenseeSecret")
    );

    let opening = form
        .iter()
        .filter(|(name, value)| opens(name) && !value.is_empty());
    let modules: Vec<ModuleParameters> = opening
        .map(|(name, module)| {
            let digits = split(name).1;
            let of_group = |name: &str| form.get(&format!("{name}{digits}")).map(Into::into);
            ModuleParameters {
                module: module.into(),
                session_id: of_group("sessionId"),
                action: of_group("action"),
                max_checkout_validity: of_group("maxCheckoutValidity"),
                node_secret: of_group("nodeSecret"),
                used_quantity: of_group("usedQuantity"),
                reserve_quantity: of_group("reserveQuantity"),
            }
        })
        .collect();
    assert_eq!(question.modules, modules);
    magnitude(modules.len()).min(3) * 4 + magnitude(custom.len()).min(3)
}

fn split(name: &str) -> (&str, &str) {
    let end = name
        .trim_end_matches(|digit: char| digit.is_ascii_digit())
        .len();
    name.split_at(end)
}

fn path(path: &str) {
    let expected: Option<Vec<Cow<'_, str>>> = path
        .split('/')
        .filter(|raw| !raw.is_empty())
        .map(|raw| decoded(raw.as_bytes(), b'+').filter(|segment| is_segment(segment)))
        .map(|segment| segment.map(Cow::Owned))
        .collect();
    let segments = path_segments(path);
    assert_eq!(segments.as_ref().ok(), expected.as_ref());
    let Ok(segments) = segments else {
        return;
    };
    let encode =
        |segment: &Cow<'_, str>| format!("/{}", segment.replace('%', "%25").replace('/', "%2F"));
    let again: String = segments.iter().map(encode).collect();
    assert_eq!(path_segments(&again), Ok(segments));
}

fn is_segment(segment: &str) -> bool {
    segment != "." && segment != ".." && !segment.chars().any(char::is_control)
}

/// What a group knows, beside its module.
const SLOTS: [&str; 6] = [
    "sessionId",
    "action",
    "maxCheckoutValidity",
    "nodeSecret",
    "usedQuantity",
    "reserveQuantity",
];

/// Never a custom property of a validation, beside the licensee's standard ones.
const RESERVED: [&str; 10] = [
    "licenseeName",
    "licenseeNumber",
    "dryRun",
    "forOfflineUse",
    "id",
    "vendorNumber",
    "forceCascade",
    "filter",
    "shop-license-id",
    "shopping-cart",
];
