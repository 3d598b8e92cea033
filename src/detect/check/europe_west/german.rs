//! Austria, Germany, Switzerland.

use super::super::{exactly, iso7064::mod11_10, sums::base36, sums::weighted, whole};
use super::{all_digits, alnum, from_eleven, is_day, two, varied};

/// The sum of the digits of each digit times its weight.
fn digit_sums(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| u32::from(*d) * w).map(|n| n / 10 + n % 10).sum()
}

/// A letter as its place in the alphabet, two digits: A is 01.
fn place(letter: u8) -> Option<[u8; 2]> {
    let n = letter.is_ascii_uppercase().then(|| letter - b'A' + 1)?;
    Some([n / 10, n % 10])
}

/// Dachverband der Sozialversicherungsträger: serial, check digit in fourth place, DDMMYY. Months 13 to 15 stand for days whose
/// numbers are used up.
pub(super) fn at_svnr(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let [first, _, _, check, d1, d2, m1, m2, ..] = found;
    let month = two(m1, m2);
    let day = is_day(two(d1, d2), if (13..=15).contains(&month) { 12 } else { month });
    whole(value, first > 0 && weighted(&found, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == u32::from(check) && day)
}

/// BMF, UID-Nummer: U and eight digits.
pub(super) fn at_uid(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    let check = (96 - digit_sums(&found, &[1, 2, 1, 2, 1, 2, 1])) % 10;
    whole(value, found.last().is_some_and(|d| u32::from(*d) == check) && varied(&found))
}

/// Zentrale Ausgleichsstelle: thirteen digits of EAN-13 that begin with Switzerland's 756.
pub(super) fn ch_ahv(value: &[u8]) -> Option<usize> {
    let found = exactly::<13>(value)?;
    let sum = weighted(&found, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    whole(value, found.starts_with(&[7, 5, 6]) && sum.is_multiple_of(10))
}

/// Bundesamt für Statistik, UID.
pub(super) fn ch_uid(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let check = from_eleven(weighted(&found, &[5, 4, 3, 2, 7, 6, 5, 4]))?;
    whole(value, found.last() == Some(&check) && varied(&found))
}

/// ICAO Doc 9303-3: nine characters and a check digit that need not be there; then digits must be among the letters.
pub(super) fn de_id_card(value: &[u8]) -> Option<usize> {
    let Some(text) = alnum::<10>(value, b"") else {
        let text = alnum::<9>(value, b"")?;
        return whole(value, text.iter().any(u8::is_ascii_digit));
    };
    let [body @ .., check] = text;
    let sum: u32 = body.iter().filter_map(|b| base36(*b)).zip([7, 3, 1].iter().cycle()).map(|(v, w)| v * w).sum();
    whole(value, base36(check) == Some(sum % 10) && body.iter().any(u8::is_ascii_digit))
}

/// § 290 SGB V: a letter and nine digits, the letter as two digits.
pub(super) fn de_kvnr(value: &[u8]) -> Option<usize> {
    let [letter, digits @ ..] = alnum::<10>(value, b"")?;
    let [body @ .., check] = all_digits::<9>(&digits)?;
    let sum = digit_sums(&place(letter)?, &[1, 2]) + digit_sums(&body, &[1, 2, 1, 2, 1, 2, 1, 2]);
    whole(value, sum % 10 == u32::from(check))
}

/// KBV, Arztnummern: six digits, check digit, two digits of the speciality.
pub(super) fn de_lanr(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let check = (10 - weighted(&found, &[4, 9, 4, 9, 4, 9]) % 10) % 10;
    whole(value, found.get(6).is_some_and(|d| u32::from(*d) == check) && varied(&found))
}

/// § 147 SGB VI, VKVV: region, DDMMYY, first letter of the birth name, serial, check digit. A day plus 50 was given out where
/// the true one is not known.
pub(super) fn de_rvnr(value: &[u8]) -> Option<usize> {
    let [r1, r2, d1, d2, m1, m2, y1, y2, letter, s1, s2, c] = alnum::<12>(value, b"")?;
    let [r1, r2, d1, d2, m1, m2, y1, y2, s1, s2, check] = all_digits::<11>(&[r1, r2, d1, d2, m1, m2, y1, y2, s1, s2, c])?;
    let [a, b] = place(letter)?;
    let digits = [r1, r2, d1, d2, m1, m2, y1, y2, a, b, s1, s2];
    let day = two(d1, d2);
    let day = if day > 50 { day - 50 } else { day };
    let sum = digit_sums(&digits, &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]);
    whole(value, is_day(day, two(m1, m2)) && sum % 10 == u32::from(check))
}

/// § 27a of the VAT act: nine digits, the first not 0.
pub(super) fn de_vat(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    whole(value, found.first() != Some(&0) && mod11_10(&found))
}
