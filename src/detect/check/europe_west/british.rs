//! Ireland and the United Kingdom.

use super::super::{digits, exactly, sums::rest, sums::weighted, weighted::nhs, whole};
use super::{all_digits, alnum, is_day, two, varied};

/// HMRC: the check digit comes first.
pub(super) fn gb_utr(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let [check, body @ ..] = &found;
    let rest = usize::try_from(weighted(body, &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11).ok()?;
    let right = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1].get(rest) == Some(check);
    whole(value, right && varied(&found))
}

/// Public Health Scotland, CHI: DDMMYY and four digits with the check of an NHS number.
pub(super) fn gb_chi(value: &[u8]) -> Option<usize> {
    let [d1, d2, m1, m2, ..] = exactly::<10>(value)?;
    if is_day(two(d1, d2), two(m1, m2)) { nhs(value) } else { None }
}

/// HMRC VAT: nine digits, three more for a branch; the second form subtracts 55. Departments (GD) and health bodies (HA) have
/// three digits and no check.
pub(super) fn gb_vat(value: &[u8]) -> Option<usize> {
    if let Some([a, b, n @ ..]) = alnum::<5>(value, b"GB").or_else(|| alnum::<5>(value, b"XI")) {
        let n = rest(&all_digits::<3>(&n)?, 1000);
        return whole(value, matches!((a, b, n), (b'G', b'D', 0..=499) | (b'H', b'A', 500..)));
    }
    let (found, count) = digits::<12>(value)?;
    let found = found.get(..9)?;
    let sum = weighted(found, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    whole(value, (count == 9 || count == 12) && matches!(sum, 0 | 42) && varied(found))
}

/// DVLA: surname padded with 9, decade, month (plus 50 for women), day, year, initials padded with 9, three more.
pub(super) fn gb_driving_licence(value: &[u8]) -> Option<usize> {
    let text = alnum::<16>(value, b"").or_else(|| alnum::<18>(value, b"").and_then(|t| t.first_chunk::<16>().copied()))?;
    let (name, rest) = text.split_at_checked(5)?;
    let [_, m1, m2, d1, d2, _] = all_digits::<6>(rest.get(..6)?)?;
    let month = two(m1, m2);
    let padded = |part: &[u8]| part.windows(2).all(|pair| !matches!(pair, [b'9', b'A'..=b'Z']));
    let day = is_day(two(d1, d2), if month > 50 { month - 50 } else { month });
    whole(value, day && padded(name) && padded(rest.get(6..8)?) && name.first() != Some(&b'9'))
}

/// The letter of seven digits and a further value.
fn ie_letter(digits: [u8; 7], more: u32) -> Option<u8> {
    let sum = weighted(&digits, &[8, 7, 6, 5, 4, 3, 2]) + more * 9;
    b"WABCDEFGHIJKLMNOPQRSTUV".get(usize::try_from(sum % 23).ok()?).copied()
}

/// Department of Social Protection: seven digits, a check letter, and since 2013 a letter (A, H) that counts; W, T and X do not.
pub(super) fn ie_pps(value: &[u8]) -> Option<usize> {
    let (eight, second) = match alnum::<9>(value, b"IE") {
        Some([eight @ .., second]) => (eight, second),
        None => (alnum::<8>(value, b"IE")?, b'W'),
    };
    let [body @ .., check] = eight;
    let body = all_digits::<7>(&body)?;
    let more = if matches!(second, b'A'..=b'I') { u32::from(second - b'A' + 1) } else { 0 };
    whole(value, ie_letter(body, more) == Some(check) && varied(&body))
}

/// Revenue: as a PPS number, or with a letter or sign in second place.
pub(super) fn ie_vat(value: &[u8]) -> Option<usize> {
    let plain = ie_pps(value);
    if plain.is_some() {
        return plain;
    }
    let bytes = value.strip_prefix(b"IE").unwrap_or(value).trim_ascii();
    let [first, sign, body @ .., check] = bytes else { return None };
    let mut seven = [b'0'; 7];
    let [_, middle @ .., last] = &mut seven;
    middle.copy_from_slice(body.get(..5).filter(|_| body.len() == 5)?);
    *last = *first;
    let old = sign.is_ascii_alphabetic() || matches!(sign, b'+' | b'*');
    whole(value, old && ie_letter(all_digits::<7>(&seven)?, 0) == Some(check.to_ascii_uppercase()))
}
