//! Weighted digit sums: US bank routing numbers and British health numbers.

use super::{exactly, whole};

/// American Bankers Association: weights 3, 7, 1 repeated; the first two digits name a Federal Reserve district.
pub(super) fn aba(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let sum: u32 = found.iter().zip([3, 7, 1].iter().cycle()).map(|(d, w)| u32::from(*d) * w).sum();
    let prefix = found.iter().take(2).fold(0, |n, d| n * 10 + d);
    let district = matches!(prefix, 0..=12 | 21..=32 | 61..=72 | 80);
    whole(value, sum.is_multiple_of(10) && district && found.iter().any(|d| *d != 0))
}

/// NHS Data Dictionary, NHS NUMBER: weights 10 to 2, 11 minus the rest is the check digit, 10 is not issued.
pub(super) fn nhs(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let sum: u32 = found.iter().take(9).zip((2..=10).rev()).map(|(d, w)| u32::from(*d) * w).sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        c => c,
    };
    whole(value, found.last().is_some_and(|d| u32::from(*d) == check) && found.iter().any(|d| *d != 0))
}
