//! SKUs of pricing plans: what a module defines, and what a plan grants. Both
//! are JSON texts inside properties (PT-2, PT-3).

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use crate::property::{boolean, integer};
use crate::validate::{Sku, SkuValue};

/// One entry of a module's `skudef`.
pub(super) struct SkuDefinition {
    number: Box<str>,
    name: Box<str>,
    kind: SkuKind,
}

enum SkuKind {
    Feature,
    Quota,
}

/// Reads `{"skudef":[{"number","name","type"}]}`; `None` when it is anything else.
pub(super) fn definitions(text: &str) -> Option<Vec<SkuDefinition>> {
    let document: Value = serde_json::from_str(text).ok()?;
    let entries = document.get("skudef")?.as_array()?;
    entries.iter().map(SkuDefinition::read).collect()
}

impl SkuDefinition {
    fn read(entry: &Value) -> Option<Self> {
        let text = |name| entry.get(name).and_then(Value::as_str);
        Some(Self {
            number: text("number")?.into(),
            name: text("name")?.into(),
            kind: match text("type")? {
                "FEATURE" => SkuKind::Feature,
                "QUOTA" => SkuKind::Quota,
                _ => return None,
            },
        })
    }

    /// What `grants` say about this SKU; without any it is off.
    pub(super) fn granted(self, grants: &Grants) -> Sku {
        let value = grants.0.get(&*self.number);
        let (valid, value) = match self.kind {
            SkuKind::Feature => (value.is_some_and(is_true), SkuValue::Feature),
            SkuKind::Quota => {
                let quota = value.and_then(quota).unwrap_or(0);
                (quota != 0, SkuValue::Quota(quota))
            }
        };
        Sku {
            number: self.number,
            name: self.name,
            valid,
            value,
        }
    }
}

/// What a plan grants, by SKU number.
#[derive(Default)]
pub(super) struct Grants(Map<String, Value>);

impl Grants {
    /// Reads `skus`, bare or wrapped in `{"skus":…}`; what is no JSON object grants nothing.
    pub(super) fn read(text: Option<&str>) -> Self {
        let document = text.and_then(|text| serde_json::from_str(text).ok());
        let Some(Value::Object(mut object)) = document else {
            return Self::default();
        };
        match object.get_mut("skus") {
            Some(Value::Object(wrapped)) => Self(core::mem::take(wrapped)),
            _ => Self(object),
        }
    }

    /// These, with `others` in their place where both speak of one SKU (PT-6).
    pub(super) fn overlaid(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(on) => *on,
        Value::String(text) => boolean(text) == Some(true),
        _ => false,
    }
}

fn quota(value: &Value) -> Option<i64> {
    let count = match value {
        Value::String(text) => integer(text),
        Value::Number(number) => integer(&number.to_string()),
        _ => None,
    };
    count.filter(|count| *count >= -1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINED: &str = r#"{"skudef":[
        {"number":"F","name":"f","type":"FEATURE"},{"number":"Q","name":"q","type":"QUOTA"}]}"#;

    fn granted(plan: &str, own: &str) -> (bool, SkuValue) {
        let skus = |at: usize| {
            let grants = Grants::read(Some(plan)).overlaid(Grants::read(Some(own)));
            definitions(DEFINED)
                .unwrap()
                .swap_remove(at)
                .granted(&grants)
        };
        assert_eq!(skus(1).valid, skus(1).value != SkuValue::Quota(0));
        (skus(0).valid, skus(1).value)
    }

    #[test]
    fn values_of_any_spelling() {
        for (plan, on, quota) in [
            (r#"{"F":true,"Q":7}"#, true, 7),
            (r#"{"F":"TRUE","Q":"7"}"#, true, 7),
            (r#"{"skus":{"F":"true","Q":"-1"}}"#, true, -1),
            (r#"{"F":false,"Q":0}"#, false, 0),
            (r#"{"F":1,"Q":true}"#, false, 0),
            (r#"{"F":"yes","Q":-2}"#, false, 0),
            (r#"{"F":null,"Q":"1.5"}"#, false, 0),
            (r#"{"F":[true],"Q":2.0}"#, false, 0),
            (r#"{"F":" true","Q":" 7"}"#, false, 0),
            (r#"{"f":true,"q":7}"#, false, 0),
            (
                r#"{"Q":999999999999999999}"#,
                false,
                999_999_999_999_999_999,
            ),
            (r#"{"Q":1000000000000000000}"#, false, 0),
            ("[]", false, 0),
            ("true", false, 0),
            ("{oops", false, 0),
            (r#"{"skus":[]}"#, false, 0),
            ("", false, 0),
        ] {
            assert_eq!(granted(plan, ""), (on, SkuValue::Quota(quota)), "{plan}");
        }
    }

    #[test]
    fn a_license_replaces_single_values() {
        let plan = r#"{"F":true,"Q":7}"#;
        assert_eq!(granted(plan, r#"{"Q":"9"}"#), (true, SkuValue::Quota(9)));
        assert_eq!(
            granted(plan, r#"{"skus":{"F":0}}"#),
            (false, SkuValue::Quota(7))
        );
        assert_eq!(granted(plan, r#"{"Q":"x"}"#), (true, SkuValue::Quota(0)));
    }

    #[test]
    fn definitions_are_read_whole_or_not_at_all() {
        let count = |text| definitions(text).map(|definitions| definitions.len());
        assert_eq!(count(r#"{"skudef":[]}"#), Some(0));
        assert_eq!(count(DEFINED), Some(2));
        for text in [
            "",
            "[]",
            "{}",
            r#"{"skudef":{}}"#,
            r#"{"skudef":[{"number":"A","type":"QUOTA"}]}"#,
            r#"{"skudef":[{"number":"A","name":"a","type":"NUMBER"}]}"#,
            r#"{"skudef":[{"number":1,"name":"a","type":"QUOTA"}]}"#,
        ] {
            assert_eq!(count(text), None, "{text}");
        }
    }
}
