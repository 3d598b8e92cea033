//! Numbers of Africa.

use super::super::date::{long_date, short_date};
use super::super::sums::{number, rest, weighted};
use super::super::{digits, exactly, luhn, whole};

/// South African identity number: YYMMDD, serial, 0 to 2 for citizens, residents and refugees, a digit, Luhn.
pub(super) fn za_id(value: &[u8]) -> Option<usize> {
    za_form(value)?;
    whole(value, luhn::passes(&exactly::<13>(value)?))
}

/// The same without the last digit's rule.
pub(super) fn za_form(value: &[u8]) -> Option<usize> {
    let [date @ .., _, _, _, _, kind, _, _] = exactly::<13>(value)?;
    whole(value, kind < 3 && short_date(date))
}

/// South African taxpayer number.
pub(super) fn za_tin(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let [first, ..] = found;
    whole(value, matches!(first, 0..=3 | 9) && luhn::passes(&found) && found.iter().any(|digit| *digit != 0))
}

/// Egyptian national number: 2 for 19xx and 3 for 20xx, YYMMDD, governorate; its last digit has no published rule.
pub(super) fn eg_national_id(value: &[u8]) -> Option<usize> {
    let [century, y1, y2, m1, m2, d1, d2, g1, g2, ..] = exactly::<14>(value)?;
    let (c1, c2) = if century == 2 { (1, 9) } else { (2, 0) };
    let place = matches!(g1 * 10 + g2, 1..=4 | 11..=19 | 21..=29 | 31..=35 | 88);
    whole(value, matches!(century, 2 | 3) && place && long_date([c1, c2, y1, y2, m1, m2, d1, d2]))
}

/// Ghanaian taxpayer number: a letter, nine digits, a check sign.
pub(super) fn gh_tin(value: &[u8]) -> Option<usize> {
    let (check, front) = value.split_last()?;
    let sum = weighted(&exactly::<9>(front)?, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11;
    let given = if *check == b'X' { 10 } else { u32::from(check.checked_sub(b'0')?) };
    whole(value, sum == given)
}

/// Moroccan common company identifier.
pub(super) fn ma_ice(value: &[u8]) -> Option<usize> {
    let found = exactly::<15>(value)?;
    whole(value, rest(&found, 97) == 0 && number(&found) != Some(0))
}

/// Mozambican taxpayer number.
pub(super) fn mz_nuit(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<9>(value)?;
    let wanted = match weighted(&body, &[8, 9, 4, 5, 6, 7, 8, 9]) % 11 {
        10 => 1,
        digit => digit,
    };
    whole(value, wanted == u32::from(check))
}

/// Senegalese company number: seven or nine digits, then a fiscal part of digit, letter, digit.
pub(super) fn sn_ninea(value: &[u8]) -> Option<usize> {
    let letter = value.iter().position(u8::is_ascii_alphabetic);
    let (found, count) = digits::<11>(value)?;
    let body = found.get(..if letter.is_some() { count.checked_sub(2)? } else { count })?;
    let sum: u32 = [1, 2].iter().cycle().zip(body.iter().rev()).map(|(weight, digit)| weight * u32::from(*digit)).sum();
    whole(value, matches!(body.len(), 7 | 9) && sum.is_multiple_of(10) && body.iter().any(|digit| *digit != 0))
}

/// Tunisian taxpayer number: seven digits and their key letter, then kinds of tax that have no check.
pub(super) fn tn_mf(value: &[u8]) -> Option<usize> {
    let key = value.iter().position(u8::is_ascii_alphabetic)?;
    let sum = weighted(&exactly::<7>(value.get(..key)?)?, &[7, 6, 5, 4, 3, 2, 1]) % 23;
    let wanted = b"ABCDEFGHJKLMNPQRSTVWXYZ".get(usize::try_from(sum).ok()?)?;
    whole(value, value.get(key).is_some_and(|given| given.eq_ignore_ascii_case(wanted)))
}
