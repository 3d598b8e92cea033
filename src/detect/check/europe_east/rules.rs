//! What numbers of several countries share: dates among digits, a rest of 10 that takes a second row of weights.

use super::super::sums::weighted;

/// Two digits at `at` as a number; 255 where there are none.
pub(super) fn pair(digits: &[u8], at: usize) -> u8 {
    match digits.get(at..) {
        Some([a, b, ..]) => a * 10 + b,
        _ => u8::MAX,
    }
}

/// True where such a day exists; `leap` says whether February has 29 days.
pub(super) fn is_day(month: u8, day: u8, leap: bool) -> bool {
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// `YYMMDD` at the start of the digits, the month without what it may carry. A year 00 counts as leap: 2000 was.
pub(super) fn is_year_month_day(digits: &[u8], month: u8) -> bool {
    is_day(month, pair(digits, 4), pair(digits, 0).is_multiple_of(4))
}

/// The weighted sum modulo 11, with a second row of weights where the first gives 10, and 0 where the second does so too.
pub(super) fn two_rows(digits: &[u8], first: &[u32], second: &[u32]) -> u32 {
    match weighted(digits, first) % 11 {
        10 => weighted(digits, second) % 11 % 10,
        rest => rest,
    }
}

/// True where the digit at `at` is the number `check`.
pub(super) fn is_at(digits: &[u8], at: usize, check: u32) -> bool {
    digits.get(at).is_some_and(|digit| u32::from(*digit) == check)
}

/// What a weighted sum lacks to the next multiple of 11, 0 to 10.
pub(super) fn to_eleven(sum: u32) -> u32 {
    (11 - sum % 11) % 11
}

/// True where the digits are not all the same: rows of zeros and nines are fillers that many sums let pass.
pub(super) fn is_varied(digits: &[u8]) -> bool {
    digits.windows(2).any(|pair| matches!(pair, [a, b] if a != b))
}
