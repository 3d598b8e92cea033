//! Denmark, Finland, Iceland, Norway, Sweden.

use super::super::{digits, exactly, luhn, sums::weighted, whole};
use super::{from_eleven, is_day, two, varied};

/// CPR-loven: a day of birth and mod 11. Since 2007 numbers without a check digit are given where those of a day have run out;
/// CPR-kontoret lists none but first days of January from 1960 on.
pub(super) fn dk_cpr(value: &[u8]) -> Option<usize> {
    dk_cpr_form(value)?;
    let found = exactly::<10>(value)?;
    let [d1, d2, m1, m2, y1, y2, century, ..] = found;
    let since_1960 = match century {
        0..=3 => two(y1, y2) >= 60,
        4 | 9 => !(37..60).contains(&two(y1, y2)),
        _ => two(y1, y2) < 37,
    };
    let ran_out = [d1, d2, m1, m2] == [0, 1, 0, 1] && since_1960;
    whole(value, ran_out || weighted(&found, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

/// A day of birth, which numbers without a check digit have, too. A century digit of 5 to 8 with the years 37 to 57 would be a
/// birth after 2036.
pub(super) fn dk_cpr_form(value: &[u8]) -> Option<usize> {
    let [d1, d2, m1, m2, y1, y2, century, ..] = exactly::<10>(value)?;
    let unborn = (5..=8).contains(&century) && (37..=57).contains(&two(y1, y2));
    let (day, month) = (two(d1, d2), two(m1, m2));
    let leap = (day, month) != (29, 2) || two(y1, y2).is_multiple_of(4);
    whole(value, is_day(day, month) && leap && !unborn)
}

/// Erhvervsstyrelsen, CVR.
pub(super) fn dk_cvr(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    whole(value, found.first() != Some(&0) && weighted(&found, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

/// Digital and Population Data Services Agency: DDMMYY, century sign, individual number from 002 on, control character.
pub(super) fn fi_hetu(value: &[u8]) -> Option<usize> {
    let [day @ .., c] = value else { return None };
    let found = exactly::<9>(day)?;
    let [d1, d2, m1, m2, _, _, i1, i2, i3] = found;
    let rest = found.iter().fold(0_usize, |n, d| n * 10 + usize::from(*d)) % 31;
    let right = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(rest) == Some(&c.to_ascii_uppercase());
    whole(value, right && is_day(two(d1, d2), two(m1, m2)) && (i1 > 0 || two(i2, i3) > 1))
}

/// PRH, Y-tunnus: rest 1 is not issued.
pub(super) fn fi_business_id(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    let check = from_eleven(weighted(&found, &[7, 9, 10, 5, 8, 4, 2]))?;
    whole(value, found.last() == Some(&check) && varied(&found))
}

/// Þjóðskrá: DDMMYY (day plus 40 for organisations), two random digits, check digit, century.
pub(super) fn is_kennitala(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let [d1, d2, m1, m2, _, _, _, _, control, century] = found;
    let day = two(d1, d2);
    let day = if day > 40 { day - 40 } else { day };
    let check = from_eleven(weighted(&found, &[3, 2, 7, 6, 5, 4, 3, 2]))?;
    whole(value, control == check && is_day(day, two(m1, m2)) && matches!(century, 0 | 8 | 9))
}

/// Skatteetaten, fødselsnummer and D-number (day plus 40). Months plus 40, 65 or 80 mark helper and test numbers: nobody's, and
/// chance would pass four times as often.
pub(super) fn no_fnr(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let [d1, d2, m1, m2, .., k1, k2] = found;
    let day = two(d1, d2);
    let day = if day > 40 { day - 40 } else { day };
    let first = from_eleven(weighted(&found, &[3, 7, 6, 1, 8, 9, 4, 5, 2]))?;
    let second = from_eleven(weighted(&found, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]))?;
    whole(value, k1 == first && k2 == second && is_day(day, two(m1, m2)))
}

/// Brønnøysundregistrene.
pub(super) fn no_orgnr(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let check = from_eleven(weighted(&found, &[3, 2, 7, 6, 5, 4, 3, 2]))?;
    whole(value, found.last() == Some(&check) && varied(&found))
}

/// Bits, kontonummer; seven digits after 0000 are accounts of the former post giro and pass Luhn.
pub(super) fn no_account(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    if let [0, 0, 0, 0, giro @ ..] = &found {
        return whole(value, luhn::passes(giro) && varied(&found));
    }
    let check = from_eleven(weighted(&found, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]))?;
    whole(value, found.last() == Some(&check) && varied(&found))
}

/// Skatteverket SKV 704: YYMMDD or YYYYMMDD, the day plus 60 for coordination numbers; Luhn over the ten.
pub(super) fn se_personnummer(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<12>(value)?;
    let ((ten, 10) | ([1, 8 | 9, ten @ ..] | [2, 0, ten @ ..], 12)) = (found.get(..count)?, count) else { return None };
    let [_, _, m1, m2, d1, d2, ..] = ten else { return None };
    let day = two(*d1, *d2);
    let day = if day > 60 { day - 60 } else { day };
    whole(value, is_day(day, two(*m1, *m2)) && luhn::passes(ten))
}

/// Skatteverket SKV 709: like a personal number, but no month in third place.
pub(super) fn se_orgnr(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    whole(value, luhn::passes(&found) && found.get(2) > Some(&1) && varied(&found))
}

/// Skatteverket: the organisation or personal number and 01.
pub(super) fn se_vat(value: &[u8]) -> Option<usize> {
    let found = exactly::<12>(value)?;
    let [ten @ .., 0, 1] = &found else { return None };
    whole(value, luhn::passes(ten) && varied(ten))
}
