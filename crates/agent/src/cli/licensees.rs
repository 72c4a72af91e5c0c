//! Lists of licensee numbers in one text (AG-59).

use std::collections::HashSet;

use leasehold_model::number::LicenseeNumber;

/// Splits at commas: `\,` is a comma and `\\` a backslash within a number, blanks around a number
/// are dropped, numbers given twice count once. Fails with what is wrong.
pub fn split_licensees<'a>(
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<LicenseeNumber>, String> {
    let mut numbers = Vec::new();
    let mut given = HashSet::new();
    for text in texts {
        for item in split(text)? {
            let item = item.trim();
            let number = LicenseeNumber::parse(item)
                .map_err(|error| format!("'{item}' is no licensee number: {error}"))?;
            if given.insert(number.clone()) {
                numbers.push(number);
            }
        }
    }
    Ok(numbers)
}

/// The text that [`split_licensees`] splits into these numbers.
pub fn join_licensees(numbers: &[LicenseeNumber]) -> String {
    let escaped = numbers
        .iter()
        .map(|number| number.as_str().replace('\\', "\\\\").replace(',', "\\,"));
    escaped.collect::<Vec<_>>().join(",")
}

fn split(text: &str) -> Result<Vec<String>, String> {
    let mut items = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            ',' => {
                items.push(String::new());
                continue;
            }
            '\\' => match characters.next() {
                Some(escaped @ (',' | '\\')) => escaped,
                _ => return Err("a backslash must be followed by ',' or '\\'".to_owned()),
            },
            other => other,
        };
        if let Some(item) = items.last_mut() {
            item.push(literal);
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(input: &[&str]) -> Result<Vec<String>, String> {
        let numbers = split_licensees(input.iter().copied())?;
        Ok(numbers.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists_split_at_commas_and_may_be_repeated() {
        assert_eq!(texts(&["I1, I2 ,I1", "I3"]).unwrap(), ["I1", "I2", "I3"]);
        assert_eq!(texts(&[r"a\,b,c\\"]).unwrap(), ["a,b", r"c\"]);
        assert_eq!(texts(&["a;b c"]).unwrap(), ["a;b c"]);
    }

    #[test]
    fn empty_items_and_stray_backslashes_are_errors() {
        for wrong in ["", "a,", ",a", "a,,b", " ", r"a\", r"a\b"] {
            assert!(texts(&[wrong]).is_err(), "{wrong:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_joined_splits_again(items in proptest::collection::vec(r"[a-c,;\\ ]{1,5}", 1..5)) {
            let mut numbers: Vec<LicenseeNumber> = Vec::new();
            for item in items {
                if let Ok(number) = LicenseeNumber::parse(&item) && !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
            if !numbers.is_empty() {
                let joined = join_licensees(&numbers);
                proptest::prop_assert_eq!(split_licensees([joined.as_str()]).unwrap(), numbers);
            }
        }
    }
}
