//! Prices and discounts as parameters (wire contract, sections 4 and 7).

use leasehold_model::money::{Currency, Money, hundredths};
use leasehold_model::product::{Discount, DiscountAmount};
use leasehold_service::rest::problem::Problem;
use leasehold_wire::form::Form;

use super::input::{self, Field};

/// The currencies that an account may use.
pub(crate) const CURRENCIES: [&str; 2] = ["EUR", "USD"];

pub(crate) const EXPECTED_CURRENCY: &str = "EUR or USD";

/// Applies `price` and `currency` to a price: both or neither. An update may send one of them
/// where the other is known already, and clears the price by an empty `price`.
/// `complaint` is how an entity words the lack of one of them.
pub(crate) fn apply_price(
    form: &Form,
    price: &mut Option<Money>,
    complaint: fn(String) -> Problem,
) -> Result<(), Problem> {
    let amount = input::read(form, "price", "a decimal, at least 0", hundredths)?;
    let currency = input::read(form, "currency", EXPECTED_CURRENCY, allowed_currency)?.given();
    *price = match (amount, currency, *price) {
        (Field::Given(hundredths), Some(currency), _) => Some(Money {
            hundredths,
            currency,
        }),
        (Field::Given(hundredths), None, Some(known)) => Some(Money {
            hundredths,
            currency: known.currency,
        }),
        (Field::Absent, Some(currency), Some(known)) => Some(Money {
            hundredths: known.hundredths,
            currency,
        }),
        (Field::Given(_), None, None) => {
            return Err(complaint(
                "'price' field must be accompanied with the 'currency' field".to_owned(),
            ));
        }
        (Field::Absent | Field::Empty, Some(_), _) => {
            return Err(complaint(
                "'currency' field can not be used without the 'price' field".to_owned(),
            ));
        }
        (Field::Empty, None, _) => None,
        (Field::Absent, None, known) => known,
    };
    Ok(())
}

/// Applies the `discount` parameters: all or none are replaced, a single empty one clears.
pub(crate) fn apply_discounts(form: &Form, discounts: &mut Vec<Discount>) -> Result<(), Problem> {
    let given = form.list("discount");
    if given.is_empty() {
        return Ok(());
    }
    *discounts = given
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| {
            discount(text).ok_or_else(|| {
                input::malformed(
                    "discount",
                    text,
                    "total price;currency;amount, or a percentage as amount",
                )
            })
        })
        .collect::<Result<_, _>>()?;
    Ok(())
}

fn discount(text: &str) -> Option<Discount> {
    let mut parts = text.split(';');
    let (total, currency, amount) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some(Discount {
        total_hundredths: hundredths(total)?,
        currency: allowed_currency(currency)?,
        amount: match amount.strip_suffix('%') {
            Some(percent) => DiscountAmount::Percent(canonical_percent(percent)?.into()),
            None => DiscountAmount::Fixed(hundredths(amount)?),
        },
    })
}

/// The shortest spelling of a percentage between 0 and 100.
fn canonical_percent(text: &str) -> Option<String> {
    // Read for its checks only: it rejects what is no decimal.
    hundredths(text)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u32 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let fraction = fraction.trim_end_matches('0');
    let is_share = whole < 100 || (whole == 100 && fraction.is_empty());
    is_share.then(|| match fraction {
        "" => whole.to_string(),
        _ => format!("{whole}.{fraction}"),
    })
}

pub(crate) fn allowed_currency(text: &str) -> Option<Currency> {
    CURRENCIES
        .contains(&text)
        .then(|| Currency::parse(text))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discount_takes_off_an_amount_or_a_percentage() {
        let percent = |text: &str| Some(DiscountAmount::Percent(text.into()));
        let amount = |text| discount(text).map(|discount| discount.amount);
        assert_eq!(amount("100;EUR;1.5"), Some(DiscountAmount::Fixed(150)));
        assert_eq!(amount("100;EUR;5%"), percent("5"));
        assert_eq!(amount("100;EUR;05.50%"), percent("5.5"));
        assert_eq!(amount("100;EUR;100.0%"), percent("100"));
        for refused in [
            "100;EUR",
            "100;EUR;1;2",
            "100;GBP;1",
            "x;EUR;1",
            "100;EUR;-1",
            "100;EUR;100.1%",
            "100;EUR;%",
        ] {
            assert_eq!(discount(refused), None, "{refused}");
        }
    }
}
