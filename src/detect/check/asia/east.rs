//! Numbers of China, Hong Kong, Taiwan, Japan, Korea and Singapore.

use super::super::date::{long_date, short_date};
use super::super::sums::{base36, mod11_2, weighted};
use super::super::{exactly, whole};

/// The first two digits of a Chinese place of registration.
fn province(tens: u8, ones: u8) -> bool {
    matches!(tens * 10 + ones, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
}

/// Resident identity number (GB 11643): place, YYYYMMDD, serial, check sign.
pub(super) fn cn_resident_id(value: &[u8]) -> Option<usize> {
    let sign = |byte: &u8| if byte.eq_ignore_ascii_case(&b'x') { Some(10) } else { char::from(*byte).to_digit(10) };
    cn_resident_form(value)?;
    whole(value, mod11_2(value.iter().filter_map(sign)))
}

/// The same without the check sign.
pub(super) fn cn_resident_form(value: &[u8]) -> Option<usize> {
    let (_, front) = value.split_last()?;
    let [p1, p2, _, _, _, _, date @ .., _, _, _] = exactly::<17>(front)?;
    whole(value, province(p1, p2) && long_date(date))
}

/// Numbers given until 1999: place, YYMMDD, serial.
pub(super) fn cn_resident_15(value: &[u8]) -> Option<usize> {
    let [p1, p2, _, _, _, _, date @ .., _, _, _] = exactly::<15>(value)?;
    whole(value, province(p1, p2) && short_date(date))
}

/// Unified social credit number of an organisation (GB 32100).
pub(super) fn cn_uscc(value: &[u8]) -> Option<usize> {
    const SIGNS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let place = |byte: &u8| SIGNS.iter().position(|sign| sign == byte).and_then(|p| u32::try_from(p).ok());
    let (check, front) = value.split_last()?;
    let (mut sum, mut weight) = (0, 1);
    for byte in front {
        sum = (sum + place(byte)? * weight) % 31;
        weight = weight * 3 % 31;
    }
    whole(value, value.len() == 18 && (31 - sum) % 31 == place(check)?)
}

/// Hong Kong identity card: one or two letters, six digits, check sign in brackets or not.
pub(super) fn hk_id(value: &[u8]) -> Option<usize> {
    let mut signs = [36; 9];
    let mut count = 0;
    for byte in value.iter().rev().filter(|b| b.is_ascii_alphanumeric()) {
        *signs.get_mut(8_usize.checked_sub(count)?)? = base36(*byte)?;
        count += 1;
    }
    let sum: u32 = (1..=9).rev().zip(signs).map(|(weight, sign)| weight * sign).sum();
    whole(value, matches!(count, 8 | 9) && sum.is_multiple_of(11))
}

/// Taiwan identity card and, with 8 or 9 behind the letter, residents since 2021.
pub(super) fn tw_id(value: &[u8]) -> Option<usize> {
    const PLACES: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let (letter, rest) = value.split_first()?;
    let place = 10 + u32::try_from(PLACES.iter().position(|p| p.eq_ignore_ascii_case(letter))?).ok()?;
    let sum = place / 10 + place % 10 * 9 + weighted(&exactly::<9>(rest)?, &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    whole(value, sum.is_multiple_of(10))
}

/// Taiwan unified business number: divisible by 5 since 2023 (by 10 before); a seventh digit 7 may count one less.
pub(super) fn tw_ubn(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    let sum: u32 = found
        .iter()
        .zip([1, 2, 1, 2, 1, 2, 4, 1])
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .map(|p| p / 10 + p % 10)
        .sum();
    let seventh = found.get(6) == Some(&7);
    whole(value, sum > 0 && (sum.is_multiple_of(5) || seventh && (sum + 1).is_multiple_of(5)))
}

/// Japanese individual number (My Number).
pub(super) fn jp_my_number(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<12>(value)?;
    let wanted = match weighted(&body, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    whole(value, wanted == u32::from(check) && body.iter().any(|digit| body.first() != Some(digit)))
}

/// Japanese corporate number: the check digit stands in front.
pub(super) fn jp_corporate(value: &[u8]) -> Option<usize> {
    let [check, body @ ..] = exactly::<13>(value)?;
    whole(value, 9 - weighted(&body, &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]) % 9 == u32::from(check))
}

/// The weighted sum of a Korean resident number by 11.
fn kr_rest(body: &[u8]) -> u32 {
    weighted(body, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11
}

/// Korean resident registration number of a citizen.
pub(super) fn kr_rrn(value: &[u8]) -> Option<usize> {
    kr_form(value)?;
    let [body @ .., check] = exactly::<13>(value)?;
    whole(value, (11 - kr_rest(&body)) % 10 == u32::from(check))
}

/// Korean registration number of a foreigner.
pub(super) fn kr_frn(value: &[u8]) -> Option<usize> {
    kr_form(value)?;
    let [body @ .., check] = exactly::<13>(value)?;
    whole(value, (13 - kr_rest(&body)) % 10 == u32::from(check))
}

/// YYMMDD of a day, all that numbers given since October 2020 keep to. 9 and 0 stand for births before 1900: the first numbers
/// of 1962 went to nobody born before 1850.
pub(super) fn kr_form(value: &[u8]) -> Option<usize> {
    let [date @ .., sex, _, _, _, _, _, _] = exactly::<13>(value)?;
    let lived = !matches!(sex, 0 | 9) || date.first().is_some_and(|decade| *decade >= 5);
    whole(value, lived && short_date(date))
}

/// Korean business registration number.
pub(super) fn kr_brn(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<10>(value)?;
    let [.., ninth] = body;
    let sum = weighted(&body, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + u32::from(ninth) * 5 / 10;
    whole(value, (10 - sum % 10) % 10 == u32::from(check) && body.iter().any(|digit| *digit != 0))
}

/// Singapore NRIC and FIN.
pub(super) fn sg_nric(value: &[u8]) -> Option<usize> {
    let (first, last) = (value.first()?.to_ascii_uppercase(), value.last()?.to_ascii_uppercase());
    let (letters, added) = match first {
        b'S' => (b"JZIHGFEDCBA", 0),
        b'T' => (b"JZIHGFEDCBA", 4),
        b'F' => (b"XWUTRQPNMLK", 0),
        b'G' => (b"XWUTRQPNMLK", 4),
        b'M' => (b"XWUTRQPNJLK", 3),
        _ => return None,
    };
    let rest = (added + weighted(&exactly::<7>(value)?, &[2, 7, 6, 5, 4, 3, 2])) % 11;
    whole(value, letters.get(usize::try_from(rest).ok()?) == Some(&last))
}

/// Singapore UEN: eight digits of a business, nine of a local company, or the letters and digits of another entity, and the
/// check letter that each kind has of its own.
pub(super) fn sg_uen(value: &[u8]) -> Option<usize> {
    let (last, body) = value.split_last()?;
    let (letters, rest) = match (body.len(), body.first()?.is_ascii_digit()) {
        (8, _) => (b"XMKECAWLJDB", weighted(&exactly::<8>(body)?, &[10, 4, 9, 3, 8, 2, 7, 1]) % 11),
        (9, true) => (b"ZKCMDNERGWH", weighted(&exactly::<9>(body)?, &[10, 8, 6, 4, 9, 7, 5, 3, 1]) % 11),
        (9, false) => {
            let sign = |b: &u8| OTHER_ENTITIES.iter().position(|sign| *sign == b.to_ascii_uppercase()).map(|at| at as u8);
            let signs: Vec<u8> = body.iter().map(sign).collect::<Option<_>>()?;
            (b"ABCDEFGHJKL", (weighted(&signs, &[4, 3, 5, 3, 10, 2, 2, 5, 7]) + 6) % 11)
        }
        _ => return None,
    };
    whole(value, letters.get(usize::try_from(rest).ok()?) == Some(&last.to_ascii_uppercase()))
}

/// The signs of a UEN of neither a business nor a company, by their number.
const OTHER_ENTITIES: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";

/// Japanese driving licence: the region that gave the first one, its year, six digits, a check digit, how often it was lost.
pub(super) fn jp_driving_licence(value: &[u8]) -> Option<usize> {
    let found = exactly::<12>(value)?;
    let [region, second, .., check, _] = found;
    // No region begins with 0 but licences changed from foreign ones (00).
    let given = region > 0 || second == 0;
    let left = 11 - weighted(&found, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    whole(value, given && left % 10 == u32::from(check))
}
