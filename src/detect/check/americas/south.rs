//! Numbers of South America.

use super::super::luhn;
use super::super::sums::{number, weighted};
use super::super::{digits, exactly, whole};

/// 11 minus the rest by 11, where 10 and 11 become what the country says.
fn eleven(sum: u32, ten: u32, eleven: u32) -> u32 {
    match 11 - sum % 11 {
        10 => ten,
        11 => eleven,
        digit => digit,
    }
}

/// The sum of digits times weights that go round from 2 to `last`, from the right.
fn rising(body: &[u8], last: u32) -> u32 {
    (2..=last).cycle().zip(body.iter().rev()).map(|(weight, digit)| weight * u32::from(*digit)).sum()
}

const CUIT: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/// Argentine CUIL and CUIT.
pub(super) fn ar_cuit(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<11>(value)?;
    whole(value, eleven(weighted(&body, &CUIT), 9, 0) == u32::from(check))
}

/// Argentine bank account key: bank and branch, then the account, each with its digit.
pub(super) fn ar_cbu(value: &[u8]) -> Option<usize> {
    let found = exactly::<22>(value)?;
    let (bank, account) = found.split_at_checked(8)?;
    let good = |part: &[u8], weights: &[u32]| {
        part.split_last().is_some_and(|(check, body)| (10 - weighted(body, weights) % 10) % 10 == u32::from(*check))
    };
    let sound = good(bank, &[7, 1, 3, 9, 7, 1, 3]) && good(account, &[3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3]);
    whole(value, sound && found.iter().any(|digit| *digit != 0))
}

/// Brazilian natural persons: the first check digit, then the second over ten digits.
pub(super) fn br_cpf(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let [body @ .., first, second] = found;
    let one = rising(&body, 10) * 10 % 11 % 10;
    let [ten @ .., _] = found;
    let two = rising(&ten, 11) * 10 % 11 % 10;
    let same = found.iter().all(|digit| found.first() == Some(digit));
    whole(value, !same && one == u32::from(first) && two == u32::from(second))
}

/// Brazilian companies: signs count by their ASCII code less 48, so that letters (since 2026) fit in.
pub(super) fn br_cnpj(value: &[u8]) -> Option<usize> {
    let mut signs = [0_u8; 14];
    let mut count = 0;
    for byte in value.iter().filter(|b| b.is_ascii_alphanumeric()) {
        *signs.get_mut(count)? = byte.to_ascii_uppercase() - b'0';
        count += 1;
    }
    let [body @ .., first, second] = signs;
    let [longer @ .., _] = signs;
    let good = eleven(rising(&body, 9), 0, 0) == u32::from(first) && eleven(rising(&longer, 9), 0, 0) == u32::from(second);
    whole(value, count == 14 && good && signs.iter().any(|sign| *sign != 0))
}

/// Chilean RUN and RUT.
pub(super) fn cl_rut(value: &[u8]) -> Option<usize> {
    let (last, front) = value.split_last()?;
    let (found, count) = digits::<8>(front)?;
    let given = if matches!(last, b'K' | b'k') { 10 } else { u32::from(last.checked_sub(b'0')?) };
    let body = found.get(..count)?;
    whole(value, count >= 7 && eleven(rising(body, 7), 10, 0) == given && body.iter().any(|d| body.first() != Some(d)))
}

/// Colombian taxpayer number, which is a person's cédula with a check digit.
pub(super) fn co_nit(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<16>(value)?;
    let (check, body) = found.get(..count)?.split_last()?;
    let weights = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
    let sum: u32 = weights.into_iter().zip(body.iter().rev()).map(|(weight, digit): (u32, _)| weight * u32::from(*digit)).sum();
    let wanted = match sum % 11 {
        rest @ 0..=1 => rest,
        rest => 11 - rest,
    };
    whole(value, count >= 6 && wanted == u32::from(*check))
}

/// The province that an Ecuadorian number begins with; 30 is for those registered abroad.
fn province(found: &[u8]) -> bool {
    found.get(..2).and_then(number).is_some_and(|code| matches!(code, 1..=24 | 30))
}

/// Ecuadorian cédula.
pub(super) fn ec_ci(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let [_, _, kind, ..] = found;
    whole(value, province(&found) && kind < 6 && luhn::passes(&found))
}

/// Ecuadorian taxpayer number: of a person, an authority (third digit 6) or a company (9).
pub(super) fn ec_ruc(value: &[u8]) -> Option<usize> {
    let found = exactly::<13>(value)?;
    let (front, establishment) = found.split_at_checked(10)?;
    let number_given = establishment.iter().any(|digit| *digit != 0);
    let good = match front.get(2)? {
        0..=5 => luhn::passes(front),
        6 => weighted(front, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11),
        9 => weighted(front, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11),
        _ => false,
    };
    whole(value, good && number_given && province(&found))
}

const PERU: [u32; 8] = [3, 2, 7, 6, 5, 4, 3, 2];

/// Peruvian identity number with its check sign, printed as a digit or a letter.
pub(super) fn pe_cui(value: &[u8]) -> Option<usize> {
    let (check, front) = value.split_last()?;
    let rest = usize::try_from(weighted(&exactly::<8>(front)?, &PERU) % 11).ok()?;
    let wanted = [b"65432110987".get(rest)?, b"KJIHGFEDCBA".get(rest)?];
    whole(value, wanted.contains(&&check.to_ascii_uppercase()))
}

/// Peruvian taxpayer number.
pub(super) fn pe_ruc(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<11>(value)?;
    whole(value, eleven(weighted(&body, &CUIT), 0, 1) == u32::from(check))
}

/// Paraguayan taxpayer number.
pub(super) fn py_ruc(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<9>(value)?;
    let (check, body) = found.get(..count)?.split_last()?;
    whole(value, count >= 5 && eleven(rising(body, 11), 0, 0) == u32::from(*check))
}

/// Uruguayan identity card.
pub(super) fn uy_ci(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<8>(value)?;
    whole(value, (10 - weighted(&body, &[2, 9, 8, 7, 6, 3, 4]) % 10) % 10 == u32::from(check))
}

/// Uruguayan taxpayer number: registry, serial, 001, check digit.
pub(super) fn uy_rut(value: &[u8]) -> Option<usize> {
    let found = exactly::<12>(value)?;
    let [body @ .., check] = found;
    let registry = found.get(..2).and_then(number)?;
    let wanted = (11 - weighted(&body, &[4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    whole(value, matches!(registry, 1..=22) && wanted == u32::from(check))
}

/// Venezuelan fiscal register: the letter says who it is and counts with a weight of its own.
pub(super) fn ve_rif(value: &[u8]) -> Option<usize> {
    let letter = match value.iter().find(|b| b.is_ascii_alphabetic())?.to_ascii_uppercase() {
        b'V' => 4,
        b'E' => 8,
        b'J' | b'C' => 12,
        b'P' => 16,
        b'G' => 20,
        _ => return None,
    };
    let [body @ .., check] = exactly::<9>(value)?;
    whole(value, eleven(letter + weighted(&body, &PERU), 0, 0) == u32::from(check))
}
