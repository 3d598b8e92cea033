//! Verhoeff's check digit (J. Verhoeff, Error Detecting Decimal Codes, 1969): the dihedral group of order ten.

use super::{digits, whole};

/// Multiplication in the dihedral group D5, as rotations 0 to 4 and reflections 5 to 9.
fn times(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (5 + a - b) % 5,
    }
}

/// One step of the permutation (1 5 8 9 4 2 7 0)(3 6).
const STEP: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

pub(super) fn verhoeff(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<32>(value)?;
    let found = found.get(..count)?;
    let sum = found.iter().rev().enumerate().fold(0, |sum, (place, digit)| {
        let moved = (0..place % 8).fold(*digit, |d, _| STEP.get(usize::from(d)).copied().unwrap_or(d));
        times(sum, moved)
    });
    whole(value, count > 1 && sum == 0 && found.iter().any(|d| found.first() != Some(d)))
}
