//! Medians and quantiles.

/// The middle one; of an even number, the upper of the two. NaN of none.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What `share` of all stayed below; `sorted` begins with the least. NaN of none.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    let last = sorted.len().saturating_sub(1);
    sorted.get(at.min(last)).copied().unwrap_or(f64::NAN)
}

/// How many times the least goes into the greatest.
pub(crate) fn spread(figures: impl IntoIterator<Item = f64>) -> f64 {
    let (least, most) = figures
        .into_iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), figure| {
            (least.min(figure), most.max(figure))
        });
    most / least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 3.0, 2.0]), 3.0);
        assert!(median([]).is_nan());
    }

    #[test]
    fn a_quantile_is_found() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(quantile(&sorted, 0.99), 100.0);
        assert_eq!(quantile(&sorted, 0.5), 51.0);
        assert_eq!(quantile(&sorted, 1.0), 100.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn a_spread_is_a_ratio() {
        assert_eq!(spread([2.0, 3.0, 1.5]), 2.0);
        assert_eq!(spread([5.0]), 1.0);
    }
}
