//! Cyprus, Greece, Malta.

use super::super::{exactly, luhn, sums::weighted, whole};
use super::{all_digits, alnum, is_day, two, varied};

/// Cyprus Tax Department: eight digits and a letter, the odd places by table.
pub(super) fn cy_tic(value: &[u8]) -> Option<usize> {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let [body @ .., letter] = alnum::<9>(value, b"CY")?;
    let body = all_digits::<8>(&body)?;
    let by_place = |(i, d): (usize, &u8)| if i % 2 == 0 { ODD.get(usize::from(*d)).copied() } else { Some(u32::from(*d)) };
    let sum: u32 = body.iter().enumerate().filter_map(by_place).sum();
    whole(value, u32::from(letter.wrapping_sub(b'A')) == sum % 26 && matches!(body.first(), Some(0 | 1 | 3 | 4 | 5 | 6 | 9)))
}

/// AADE, ΑΦΜ: powers of two.
pub(super) fn gr_afm(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let check = weighted(&found, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10;
    whole(value, found.last().is_some_and(|d| u32::from(*d) == check) && varied(&found))
}

/// ΗΔΙΚΑ, ΑΜΚΑ: DDMMYY, serial, Luhn.
pub(super) fn gr_amka(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let [d1, d2, m1, m2, ..] = found;
    whole(value, is_day(two(d1, d2), two(m1, m2)) && luhn::passes(&found))
}

/// Commissioner for Revenue, Malta.
pub(super) fn mt_vat(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    whole(value, found.first() != Some(&0) && weighted(&found, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37))
}
