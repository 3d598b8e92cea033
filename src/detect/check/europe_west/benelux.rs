//! Belgium, Luxembourg, the Netherlands.

use super::super::{digits, exactly, luhn, sums::mod97_10, sums::number, sums::rest, sums::weighted, verhoeff, whole};
use super::{all_digits, alnum, is_day, two, varied};

/// Royal decree of 3 April 1984: births since 2000 have a 2 before the nine digits. Months plus 20 or 40 are BIS numbers; a month
/// or day of 0 is one that is not known.
pub(super) fn be_nn(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let [y1, y2, m1, m2, d1, d2, ..] = found;
    let (body, check) = (number(found.get(..9)?)?, number(found.get(9..)?)?);
    let month = two(m1, m2);
    let known = if month > 40 {
        month - 40
    } else if month > 20 {
        month - 20
    } else {
        month
    };
    let day = two(d1, d2);
    let plausible = known <= 12 && day <= 31 && (known == 0 || day == 0 || is_day(day, known)) && two(y1, y2) < 100;
    let right = 97 - body % 97 == check || 97 - (body + 2_000_000_000) % 97 == check;
    whole(value, right && plausible && body > 0)
}

/// Card number of the Belgian identity card.
pub(super) fn be_eid(value: &[u8]) -> Option<usize> {
    let found = exactly::<12>(value)?;
    let (body, check) = (number(found.get(..10)?)?, number(found.get(10..)?)?);
    let right = match body % 97 {
        0 => 97,
        r => r,
    };
    whole(value, right == check && body > 0)
}

/// Enterprise number of the Crossroads Bank: ten digits, nine before 2005.
pub(super) fn be_vat(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<10>(value)?;
    let found = found.get(..count)?;
    let (body, check) = found.split_at_checked(count.checked_sub(2)?)?;
    let begins = count == 9 || count == 10 && matches!(found.first(), Some(0 | 1));
    let body = number(body)?;
    whole(value, begins && body > 0 && 97 - body % 97 == number(check)?)
}

/// Law of 19 June 2013: YYYYMMDD, serial, a Luhn digit and a Verhoeff digit over the same eleven.
pub(super) fn lu_id(value: &[u8]) -> Option<usize> {
    let found = exactly::<13>(value)?;
    let [y1, y2, _, _, m1, m2, d1, d2, .., last] = found;
    let mut second = [last + b'0'; 12];
    second.iter_mut().zip(found.iter().take(11)).for_each(|(to, from)| *to = from + b'0');
    let century = (18..=20).contains(&two(y1, y2));
    let right = luhn::passes(found.get(..12)?) && verhoeff::verhoeff(&second).is_some();
    whole(value, century && is_day(two(d1, d2), two(m1, m2)) && right)
}

/// Administration de l'enregistrement, TVA.
pub(super) fn lu_vat(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    let (body, check) = (number(found.get(..6)?)?, number(found.get(6..)?)?);
    whole(value, body > 0 && body % 89 == check)
}

/// The eleven test: weights 9 to 2, then -1.
fn eleven(found: &[u8; 9]) -> u32 {
    weighted(found, &[9, 8, 7, 6, 5, 4, 3, 2, 10]) % 11
}

/// Besluit burgerservicenummer; eight digits lack a leading 0.
pub(super) fn nl_bsn(value: &[u8]) -> Option<usize> {
    let (mut nine, count) = digits::<9>(value)?;
    match count {
        9 => {}
        8 => nine.rotate_right(1),
        _ => return None,
    }
    whole(value, eleven(&nine) == 0 && varied(&nine))
}

/// DUO, onderwijsnummer: for pupils without a BSN.
pub(super) fn nl_onderwijsnummer(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    whole(value, found.starts_with(&[1, 0]) && eleven(&found) == 5)
}

/// Belastingdienst: nine digits (leading zeros may lack), B, two digits. Sole traders have had an id since 2020 that is no BSN and
/// passes MOD 97-10 with NL in front.
pub(super) fn nl_btw(value: &[u8]) -> Option<usize> {
    let b = value.iter().rposition(|b| b.eq_ignore_ascii_case(&b'b'))?;
    let (body, count) = digits::<9>(value.get(..b)?)?;
    let mut nine = [b'0'; 9];
    nine.iter_mut().rev().zip(body.get(..count)?.iter().rev()).for_each(|(to, from)| *to = from + b'0');
    let suffix = alnum::<2>(value.get(b + 1..)?, b"")?;
    let number = all_digits::<9>(&nine)?;
    let whole_text = b"NL".iter().chain(&nine).chain(b"B").chain(&suffix).copied();
    let numbered = rest(&all_digits::<2>(&suffix)?, 100) > 0;
    whole(value, numbered && varied(&number) && (eleven(&number) == 0 || mod97_10(whole_text)))
}
