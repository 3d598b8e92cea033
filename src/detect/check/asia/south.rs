//! Numbers of south and west Asia and of Oceania.

use super::super::date::short_date;
use super::super::sums::{base36, number, weighted};
use super::super::{digits, exactly, luhn, whole};

/// Australian business number.
pub(super) fn au_abn(value: &[u8]) -> Option<usize> {
    let [first, rest @ ..] = exactly::<11>(value)?;
    let sum = (u32::from(first) * 10 + weighted(&rest, &[1, 3, 5, 7, 9, 11, 13, 15, 17, 19])).checked_sub(10)?;
    whole(value, first != 0 && sum.is_multiple_of(89))
}

/// Australian company number.
pub(super) fn au_acn(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<9>(value)?;
    whole(value, (10 - weighted(&body, &[8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10 == u32::from(check))
}

/// Medicare card: eight digits, check digit, issue, person.
pub(super) fn au_medicare(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<11>(value)?;
    let sum = weighted(found.get(..8)?, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
    let first = found.first().is_some_and(|digit| matches!(digit, 2..=6));
    whole(value, matches!(count, 10 | 11) && first && found.get(8).is_some_and(|check| u32::from(*check) == sum))
}

/// Australian tax file number of nine digits.
pub(super) fn au_tfn(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let sum = weighted(&found, &[1, 4, 3, 7, 5, 8, 6, 9, 10]);
    whole(value, sum > 0 && sum.is_multiple_of(11))
}

/// Indonesian population number: place, DDMMYY with 40 added for women, serial.
pub(super) fn id_nik(value: &[u8]) -> Option<usize> {
    let [p1, p2, _, _, _, _, d1, d2, m1, m2, y1, y2, serial @ ..] = exactly::<16>(value)?;
    let place = matches!(p1 * 10 + p2, 11..=19 | 21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97);
    let day = if d1 >= 4 { d1 - 4 } else { d1 };
    whole(value, place && short_date([y1, y2, m1, m2, day, d2]) && number(&serial) != Some(0))
}

/// Indonesian taxpayer number of fifteen digits.
pub(super) fn id_npwp(value: &[u8]) -> Option<usize> {
    let found = exactly::<15>(value)?;
    whole(value, luhn::passes(found.get(..9)?) && found.iter().take(9).any(|digit| *digit != 0))
}

/// Israeli identity number; leading zeros are often left out.
pub(super) fn il_id(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<9>(value)?;
    let found = found.get(..count)?;
    whole(value, matches!(count, 8 | 9) && luhn::passes(found) && found.iter().any(|digit| *digit != 0))
}

/// Indian goods and services tax number: state, permanent account number, entity, Z, check sign.
pub(super) fn in_gstin(value: &[u8]) -> Option<usize> {
    let state = value.get(..2).and_then(|d| number(&[d.first()?.checked_sub(b'0')?, d.get(1)?.checked_sub(b'0')?]))?;
    let mut sum = 0;
    for (place, byte) in value.iter().rev().enumerate() {
        let product = base36(*byte)? << (place & 1);
        sum += product / 36 + product % 36;
    }
    whole(value, value.len() == 15 && matches!(state, 1..=38 | 97 | 99) && sum.is_multiple_of(36))
}

/// Iranian national number.
pub(super) fn ir_national_id(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let [body @ .., check] = found;
    let wanted = match weighted(&body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        rest @ 0..=1 => rest,
        rest => 11 - rest,
    };
    whole(value, wanted == u32::from(check) && found.iter().any(|digit| found.first() != Some(digit)))
}

/// Sri Lankan identity card: YY or YYYY, day of the year with 500 added for women, serial, letter in the older form.
pub(super) fn lk_nic(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<12>(value)?;
    let day = match count {
        9 => number(found.get(2..5)?)?,
        12 if matches!(number(found.get(..4)?)?, 1900..=2099) => number(found.get(4..7)?)?,
        _ => return None,
    };
    whole(value, matches!(day, 1..=366 | 501..=866))
}

/// Malaysian identity card: YYMMDD, place of birth, serial.
pub(super) fn my_nric(value: &[u8]) -> Option<usize> {
    let [date @ .., p1, p2, _, _, _, _] = exactly::<12>(value)?;
    let unused = matches!(p1 * 10 + p2, 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97);
    whole(value, !unused && short_date(date))
}

/// New Zealand bank account: bank, branch, account and suffix; the bank says which digits count.
pub(super) fn nz_bank(value: &[u8]) -> Option<usize> {
    let mut parts = value.split(|b| !b.is_ascii_digit()).filter(|p| !p.is_empty());
    let mut part = || {
        let (found, count) = digits::<8>(parts.next()?)?;
        number(found.get(..count)?)
    };
    let (bank, branch, account) = (part()?, part()?, part()?);
    let places = |n: u64, width: u32, weights: &[u64]| -> u64 {
        (0..width).rev().map(|place| n / 10_u64.pow(place) % 10).zip(weights).map(|(digit, weight)| digit * weight).sum()
    };
    let good = match bank {
        1..=3 | 6 | 11..=24 | 27 | 30 | 35 | 38 => {
            let with_branch = if account < 990_000 { places(branch, 4, &[6, 3, 7, 9]) } else { 0 };
            (with_branch + places(account, 6, &[10, 5, 8, 4, 2, 1])).is_multiple_of(11)
        }
        8 => places(account, 7, &[7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11),
        25 | 33 => places(account, 7, &[1, 7, 3, 1, 7, 3, 1]).is_multiple_of(10),
        _ => false,
    };
    whole(value, good && account > 0)
}

/// New Zealand inland revenue number: a second row of weights where the first would give 10.
pub(super) fn nz_ird(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<9>(value)?;
    let (check, body) = found.get(..count)?.split_last()?;
    let sum_of = |weights: &[u32; 8]| {
        let sum: u32 = weights.iter().rev().zip(body.iter().rev()).map(|(weight, digit)| weight * u32::from(*digit)).sum();
        (11 - sum % 11) % 11
    };
    let wanted = match sum_of(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => sum_of(&[7, 4, 3, 2, 5, 2, 7, 6]),
        digit => digit,
    };
    let range = number(found.get(..count)?).is_some_and(|n| (10_000_000..150_000_000).contains(&n));
    whole(value, range && wanted == u32::from(*check))
}

/// New Zealand health index number: letters count 1 to 24 without I and O.
pub(super) fn nz_nhi(value: &[u8]) -> Option<usize> {
    let place = |byte: &u8| {
        let letter = byte.to_ascii_uppercase();
        match letter {
            b'0'..=b'9' => Some(u32::from(letter - b'0')),
            b'I' | b'O' => None,
            b'A'..=b'Z' => Some(u32::from(letter - b'A' + 1) - u32::from(letter > b'I') - u32::from(letter > b'O')),
            _ => None,
        }
    };
    let (check, front) = value.split_last()?;
    let mut sum = 0;
    for (weight, byte) in (2..8).rev().zip(front) {
        sum += weight * place(byte)?;
    }
    let wanted = if check.is_ascii_digit() {
        if sum.is_multiple_of(11) {
            return None;
        }
        (11 - sum % 11) % 10
    } else {
        23 - sum % 23
    };
    whole(value, value.len() == 7 && place(check) == Some(wanted))
}

/// Thai citizens and, with 0 in front, organisations.
pub(super) fn th_id(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<13>(value)?;
    let sum = weighted(&body, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    whole(value, sum > 0 && (11 - sum % 11) % 10 == u32::from(check))
}

/// Vietnamese taxpayer number, with a branch behind it or not.
pub(super) fn vn_mst(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<13>(value)?;
    let sum = weighted(found.get(..9)?, &[31, 29, 23, 19, 17, 13, 7, 5, 3]);
    let check = found.get(9).map(|digit| u32::from(*digit));
    whole(value, matches!(count, 10 | 13) && sum > 0 && check == Some(10 - sum % 11))
}
