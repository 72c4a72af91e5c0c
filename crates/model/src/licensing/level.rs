//! Warning levels from shares, compared in integers.

use crate::licensee::WarningLevel;

/// Seats or slots taken of a total (FL-7, NL-7): in a small pool the last one is no alarm yet.
pub(super) fn of_seats(used: i64, total: i64) -> WarningLevel {
    const SMALL_POOL: i64 = 10;
    if total == 0 || (used >= total && total >= SMALL_POOL) {
        WarningLevel::Red
    } else if is_mostly(used, total) {
        WarningLevel::Yellow
    } else {
        WarningLevel::Green
    }
}

/// Credits used of a total (PPU-6).
pub(super) fn of_credits(used: i64, total: i64) -> WarningLevel {
    if used >= total {
        WarningLevel::Red
    } else if is_mostly(used, total) {
        WarningLevel::Yellow
    } else {
        WarningLevel::Green
    }
}

/// Time elapsed of a running block, in milliseconds (SUB-6).
pub(super) fn of_time(elapsed: i64, length: i64) -> WarningLevel {
    if is_mostly(elapsed, length) {
        WarningLevel::Yellow
    } else {
        WarningLevel::Green
    }
}

fn is_mostly(part: i64, whole: i64) -> bool {
    i128::from(part) * 100 >= i128::from(whole) * 80
}

#[cfg(test)]
mod tests {
    use super::*;
    use WarningLevel::{Green, Red, Yellow};

    #[test]
    fn small_pools_warn_and_large_ones_alarm() {
        for (used, total, level) in [
            (0, 0, Red),
            (0, 1, Green),
            (1, 1, Yellow),
            (9, 9, Yellow),
            (12, 9, Yellow),
            (7, 10, Green),
            (8, 10, Yellow),
            (9, 10, Yellow),
            (10, 10, Red),
            (11, 10, Red),
            (0, i64::MAX, Green),
            (i64::MAX, i64::MAX, Red),
        ] {
            assert_eq!(of_seats(used, total), level, "{used} of {total}");
        }
    }

    #[test]
    fn credits_alarm_when_spent() {
        for (used, total, level) in [
            (0, 0, Red),
            (79, 100, Green),
            (80, 100, Yellow),
            (99, 100, Yellow),
            (100, 100, Red),
            (101, 100, Red),
        ] {
            assert_eq!(of_credits(used, total), level, "{used} of {total}");
        }
    }
}
